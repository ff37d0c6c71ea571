import { PipelineError } from '../errors.ts';
import type { JsonObject, UnityClient } from './unity-client.ts';
import { askObject } from './unity-objects.ts';

/**
 * What Databricks can do in a folder with a storage credential: everything; not yet or never, with its own words for what
 * fails; or it does not tell us, because we may not ask.
 */
export type StorageAccess =
  | { readonly state: 'usable' | 'untold' }
  | { readonly state: 'refused'; readonly failures: readonly string[] };

/**
 * Has Databricks try a storage credential on a folder: take on the role, read, write, list, delete. A role that was made
 * or changed just now is refused for some seconds, until IAM has spread the change.
 *
 * @see https://docs.databricks.com/api/uc-credentials/v1/validate-storage-credential
 */
export async function checkStorageAccess(
  client: UnityClient,
  { credentialName, url }: { readonly credentialName: string; readonly url: string },
): Promise<StorageAccess> {
  const task = {
    doing: `try storage credential "${credentialName}" on ${url}`,
    whenForbidden: "Have the credential's owner grant us CREATE EXTERNAL LOCATION on it",
  };
  const question = { storage_credential_name: credentialName, url };
  try {
    const body = await askObject(
      client,
      '/api/2.1/unity-catalog/validate-storage-credentials',
      question,
      task,
    );
    const failures = failuresOf(body);
    return failures.length === 0 ? { state: 'usable' } : { state: 'refused', failures };
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    if (error.code === 'PERMISSION_DENIED') return { state: 'untold' };
    // A role that cannot be taken on at all is told as a bad request rather than as a result.
    if (error.code === 'UNITY_REQUEST_REFUSED') return { state: 'refused', failures: [error.message] };
    throw error;
  }
}

/** A folder without files does not exist to Databricks, which keeps nobody from using it. */
const NEEDED = /^(READ|LIST|WRITE|DELETE)$/;

function failuresOf({ results }: JsonObject): string[] {
  const all = Array.isArray(results) ? (results as unknown[]) : [];
  return all
    .map((entry) => (entry ?? {}) as JsonObject)
    .filter(({ operation, result }) => result === 'FAIL' && NEEDED.test(String(operation)))
    .map(({ operation, message }) => `${operation}: ${String(message ?? 'no reason given').slice(0, 300)}`);
}
