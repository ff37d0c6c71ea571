import { TerminalError } from '../errors.ts';
import type { JsonObject, UnityClient, UnityTask } from './unity-client.ts';
import { garbled } from './unity-error.ts';
import { createObject, readObject } from './unity-objects.ts';

/** How Databricks gets into a bucket: a role of ours that it takes on. */
export interface StorageCredential {
  /** Unique in the metastore, among credentials of every kind. */
  readonly name: string;
  /** The role need not exist yet. */
  readonly roleArn: string;
  /** The role of Databricks that the role of ours trusts. */
  readonly unityCatalogRoleArn: string;
}

/** A storage credential as the workspace tells of it. */
export interface FoundCredential {
  /** Empty where the credential is no IAM role. */
  readonly roleArn: string;
  /** What the role's trust policy must ask for. Empty where we may not see it. */
  readonly externalId: string;
  /** Empty where the workspace does not say. */
  readonly unityCatalogRoleArn: string;
  readonly readOnly: boolean;
}

/** How an object stands beside what is wanted. What differs is never replaced. */
export type Judgement =
  | { readonly state: 'fits' | 'missing' }
  | { readonly state: 'differs'; readonly note: string };

const PATH = '/api/2.1/unity-catalog/storage-credentials';

const COMMENT = 'Made by Tidemark: the bucket of the change files.';

/** Compares a storage credential with what is there under its name. */
export function judgeCredential(wanted: StorageCredential, found: FoundCredential | null): Judgement {
  if (found === null) return { state: 'missing' };
  const differs = (note: string): Judgement => ({ state: 'differs', note });
  if (found.roleArn === '') return differs('it is no IAM role');
  if (found.roleArn !== wanted.roleArn) {
    return differs(`it stands for role ${found.roleArn}, wanted ${wanted.roleArn}`);
  }
  if (found.readOnly) return differs('it is read-only, and files have to be moved');
  if (found.externalId === '') {
    return differs(
      'its external id is hidden from us: make us its owner, or grant us CREATE EXTERNAL LOCATION on it',
    );
  }
  const { unityCatalogRoleArn: trusted } = found;
  if (trusted !== '' && trusted !== wanted.unityCatalogRoleArn) {
    return differs(`it is used by ${trusted}, and our role trusts ${wanted.unityCatalogRoleArn}`);
  }
  return { state: 'fits' };
}

/**
 * Makes a storage credential where there is none of its name; a second call changes nothing. The answer has the external
 * id that the role's trust policy must ask for, so the credential can be made before its role. Throws `TerminalError`
 * CREDENTIAL_DIFFERS where another one has the name.
 *
 * @see https://docs.databricks.com/api/uc-credentials/v1/create-storage-credential
 */
export async function ensureStorageCredential(
  client: UnityClient,
  wanted: StorageCredential,
): Promise<FoundCredential> {
  const found = (await findStorageCredential(client, wanted.name)) ?? (await create(client, wanted));
  const judged = judgeCredential(wanted, found);
  if (judged.state !== 'differs') return found;
  throw new TerminalError(
    'CREDENTIAL_DIFFERS',
    `Storage credential "${wanted.name}" is there and differs: ${judged.note}. It is not replaced, others may use it: ` +
      'set another name under "cloud.lakehouse.storageCredential", or "create: false" and "roleArn" to use it as it is.',
    { context: { credential: wanted.name } },
  );
}

/**
 * The storage credential of a name, or null where there is none that we may see.
 *
 * @see https://docs.databricks.com/api/uc-credentials/v1/get-storage-credential
 */
export async function findStorageCredential(
  client: UnityClient,
  name: string,
): Promise<FoundCredential | null> {
  const body = await readObject(client, `${PATH}/${encodeURIComponent(name)}`, task('look at', name));
  return body && parseCredential(body);
}

async function create(client: UnityClient, { name, roleArn }: StorageCredential): Promise<FoundCredential> {
  const doing = task('create', name);
  // The role does not exist yet, so that nothing could be validated; the external location is what tries it.
  const wish = { name, aws_iam_role: { role_arn: roleArn }, comment: COMMENT, skip_validation: true };
  const made = await createObject(client, PATH, wish, doing);
  if (made === null) return await secondLook(client, name);
  const found = parseCredential(made);
  if (found.roleArn === '' || found.externalId === '') throw garbled(doing, 'the external id');
  return found;
}

/** Somebody else was faster, or it was there all the time and hidden. */
async function secondLook(client: UnityClient, name: string): Promise<FoundCredential> {
  const found = await findStorageCredential(client, name);
  if (found !== null) return found;
  throw new TerminalError(
    'CREDENTIAL_HIDDEN',
    `Storage credential "${name}" exists and is hidden from us. Have its owner grant us CREATE EXTERNAL LOCATION on it, or set another name under "cloud.lakehouse.storageCredential".`,
    { context: { credential: name } },
  );
}

function parseCredential(body: JsonObject): FoundCredential {
  const role = (body.aws_iam_role ?? {}) as JsonObject;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    roleArn: text(role.role_arn),
    externalId: text(role.external_id),
    unityCatalogRoleArn: text(role.unity_catalog_iam_arn),
    readOnly: body.read_only === true,
  };
}

function task(verb: string, name: string): UnityTask {
  return {
    doing: `${verb} storage credential "${name}"`,
    whenForbidden:
      'Have a metastore administrator run "grant create storage credential on metastore to `<application id>`", or set "cloud.lakehouse.storageCredential.create: false" and make it by hand',
  };
}
