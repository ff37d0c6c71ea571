import { type PipelineError, TerminalError, TransientError } from '../errors.ts';
import type { JsonObject, UnityAnswer, UnityTask } from './unity-client.ts';

/** A 404 that says more than that one object is not there. */
const NOTHING_AT_ALL = /^(ENDPOINT_NOT_FOUND|FEATURE_DISABLED|METASTORE_DOES_NOT_EXIST)$/;

const NO_CATALOG =
  'The workspace has no Unity Catalog: assign a metastore to it, or check "host" under "engine"';
const NO_LOGIN =
  'The workspace does not accept our token: check the client id and secret, or the token, under "engine"';
const REFUSED = 'See what Databricks says';

/** An answer's body as an object; empty where it is none. */
export function parseBody({ body }: UnityAnswer): JsonObject {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}

/** True when an answer says that the object asked for is not there, or that we may not know of it. */
export function isMissing(answer: UnityAnswer): boolean {
  const code = errorCodeOf(answer);
  if (NOTHING_AT_ALL.test(code)) return false;
  return answer.status === 404 || (answer.status === 400 && code.endsWith('_DOES_NOT_EXIST'));
}

/** True when an answer says that something of that name is there already. */
export function isTaken(answer: UnityAnswer): boolean {
  return answer.status >= 400 && errorCodeOf(answer).endsWith('ALREADY_EXISTS');
}

/**
 * Turns an answer that is an error into one of ours. A status that we do not know is terminal (UNITY_REQUEST_REFUSED),
 * from 500 on transient.
 *
 * @see https://docs.databricks.com/api/workspace/introduction for the body of an error
 */
export function toUnityError(answer: UnityAnswer, { doing, whenForbidden }: UnityTask): PipelineError {
  const { status } = answer;
  const errorCode = errorCodeOf(answer);
  const message = textOf(parseBody(answer).message)?.slice(0, 500);
  const said = [`HTTP ${status}`, errorCode, message && `"${message}"`].filter(Boolean).join(' ');
  const { code, transient, fix } = translate(status, errorCode, whenForbidden);
  const text = `Could not ${doing}: ${said}. ${fix}.`;
  const context = { status, ...(errorCode ? { errorCode } : {}) };
  return transient ? new TransientError(code, text, { context }) : new TerminalError(code, text, { context });
}

/** An answer that says success and is not what the interface promises. */
export function garbled({ doing }: UnityTask, missing: string): TransientError {
  return new TransientError(
    'DATABRICKS_UNAVAILABLE',
    `Could not ${doing}: the workspace answered without ${missing}. Run again; if it stays, look for a proxy on the way that changes answers.`,
  );
}

interface Translation {
  readonly code: string;
  readonly transient: boolean;
  readonly fix: string;
}

function translate(status: number, errorCode: string, whenForbidden: string): Translation {
  const terminal = (code: string, fix: string): Translation => ({ code, transient: false, fix });
  const transient = (code: string, fix: string): Translation => ({ code, transient: true, fix });
  if (status === 401) return terminal('LOGIN_REFUSED', NO_LOGIN);
  if (status === 403 || errorCode === 'PERMISSION_DENIED')
    return terminal('PERMISSION_DENIED', whenForbidden);
  if (NOTHING_AT_ALL.test(errorCode)) return terminal('UNITY_CATALOG_MISSING', NO_CATALOG);
  if (status === 429)
    return transient('DATABRICKS_THROTTLED', 'The workspace takes fewer requests; run again later');
  if (status === 408 || status === 425 || (status >= 500 && status !== 501)) {
    return transient('DATABRICKS_UNAVAILABLE', 'Run again later');
  }
  return terminal('UNITY_REQUEST_REFUSED', REFUSED);
}

function errorCodeOf(answer: UnityAnswer): string {
  return textOf(parseBody(answer).error_code) ?? '';
}

/** Some old interfaces give a number as `error_code`; it says no more than the status. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
