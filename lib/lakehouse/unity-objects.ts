import type { JsonObject, UnityAnswer, UnityClient, UnityTask } from './unity-client.ts';
import { isMissing, isTaken, parseBody, toUnityError } from './unity-error.ts';

const JSON_HEADERS = { accept: 'application/json', 'content-type': 'application/json' };

/** One object, or null where there is none that we may see. */
export async function readObject(
  client: UnityClient,
  path: string,
  task: UnityTask,
): Promise<JsonObject | null> {
  const answer = await client.request('GET', path, { headers: { accept: 'application/json' } });
  return isMissing(answer) ? null : bodyOf(answer, task);
}

/** Makes an object and gives it back; null where one of its name is there already. */
export async function createObject(
  client: UnityClient,
  path: string,
  body: JsonObject,
  task: UnityTask,
): Promise<JsonObject | null> {
  const answer = await post(client, path, body);
  return isTaken(answer) ? null : bodyOf(answer, task);
}

/** Asks a question that needs a body. */
export async function askObject(
  client: UnityClient,
  path: string,
  body: JsonObject,
  task: UnityTask,
): Promise<JsonObject> {
  return bodyOf(await post(client, path, body), task);
}

function post(client: UnityClient, path: string, body: JsonObject): Promise<UnityAnswer> {
  return client.request('POST', path, { headers: JSON_HEADERS, body: Buffer.from(JSON.stringify(body)) });
}

function bodyOf(answer: UnityAnswer, task: UnityTask): JsonObject {
  if (answer.status < 200 || answer.status > 299) throw toUnityError(answer, task);
  return parseBody(answer);
}
