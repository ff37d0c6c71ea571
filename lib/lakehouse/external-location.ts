import { PipelineError, TerminalError } from '../errors.ts';
import type { Judgement } from './storage-credential.ts';
import type { JsonObject, UnityClient, UnityTask } from './unity-client.ts';
import { createObject, readObject } from './unity-objects.ts';

/** A folder of a bucket that Databricks may read and write, by a storage credential. */
export interface ExternalLocation {
  /** Unique in the metastore. */
  readonly name: string;
  /** `s3://<bucket>` or `s3://<bucket>/<prefix>`. */
  readonly url: string;
  readonly credentialName: string;
}

/** An external location as the workspace tells of it. */
export interface FoundLocation {
  readonly url: string;
  readonly credentialName: string;
  readonly readOnly: boolean;
}

const PATH = '/api/2.1/unity-catalog/external-locations';

/** Compares an external location with what is there under its name. One over a folder further up fits too. */
export function judgeLocation(wanted: ExternalLocation, found: FoundLocation | null): Judgement {
  if (found === null) return { state: 'missing' };
  const differs = (note: string): Judgement => ({ state: 'differs', note });
  if (!`${bare(wanted.url)}/`.startsWith(`${bare(found.url)}/`)) {
    return differs(`it is over ${found.url}, wanted ${wanted.url}`);
  }
  if (found.credentialName.toLowerCase() !== wanted.credentialName.toLowerCase()) {
    return differs(`it uses storage credential "${found.credentialName}", wanted "${wanted.credentialName}"`);
  }
  if (found.readOnly) return differs('it is read-only, and files have to be moved');
  return { state: 'fits' };
}

/**
 * The external location of a name, or null where there is none that we may see.
 *
 * @see https://docs.databricks.com/api/uc-external-locations/v1/get-external-location
 */
export async function findExternalLocation(client: UnityClient, name: string): Promise<FoundLocation | null> {
  const body = await readObject(client, `${PATH}/${encodeURIComponent(name)}`, task('look at', name));
  return body && parseLocation(body);
}

/**
 * Makes an external location where there is none of its name; a second call changes nothing. Databricks tries the
 * storage credential on the way, so its role must be usable (`checkStorageAccess`). Throws `TerminalError`
 * LOCATION_DIFFERS where another one has the name, LOCATION_REFUSED where Databricks does not take it.
 *
 * @see https://docs.databricks.com/api/uc-external-locations/v1/create-external-location
 */
export async function ensureExternalLocation(client: UnityClient, wanted: ExternalLocation): Promise<void> {
  const found = (await findExternalLocation(client, wanted.name)) ?? (await create(client, wanted));
  const judged = judgeLocation(wanted, found);
  if (judged.state !== 'differs') return;
  throw new TerminalError(
    'LOCATION_DIFFERS',
    `External location "${wanted.name}" is there and differs: ${judged.note}. It is not replaced, volumes may rest on it: ` +
      'set another name under "cloud.lakehouse.externalLocation", or "create: false" to use it as it is.',
    { context: { location: wanted.name } },
  );
}

async function create(client: UnityClient, wanted: ExternalLocation): Promise<FoundLocation> {
  const { name, url, credentialName } = wanted;
  const wish = {
    name,
    url,
    credential_name: credentialName,
    comment: 'Made by Tidemark: the change files.',
    // On by default, and then Databricks sets the bucket's notifications: those are ours.
    enable_file_events: false,
  };
  const made = await createObject(client, PATH, wish, task('create', name)).catch((error) => {
    throw withOverlapAdvice(error, wanted);
  });
  if (made !== null) return parseLocation(made);
  const found = await findExternalLocation(client, name);
  if (found !== null) return found;
  throw new TerminalError(
    'LOCATION_HIDDEN',
    `External location "${name}" exists and is hidden from us. Have its owner grant us BROWSE on it, or set another name under "cloud.lakehouse.externalLocation".`,
    { context: { location: name } },
  );
}

/** What Databricks refuses a sound location for is another one over the same files. */
function withOverlapAdvice(error: unknown, { name, url }: ExternalLocation): unknown {
  if (!(error instanceof PipelineError) || error.code !== 'UNITY_REQUEST_REFUSED') return error;
  return new TerminalError(
    'LOCATION_REFUSED',
    `${error.message} If another external location holds ${url} already, name it under "cloud.lakehouse.externalLocation" with "create: false".`,
    { context: { ...error.context, location: name }, cause: error },
  );
}

function parseLocation(body: JsonObject): FoundLocation {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    url: text(body.url),
    credentialName: text(body.credential_name),
    readOnly: body.read_only === true,
  };
}

function bare(url: string): string {
  return url.replace(/\/+$/, '');
}

function task(verb: string, name: string): UnityTask {
  return {
    doing: `${verb} external location "${name}"`,
    whenForbidden:
      'Have an administrator run "grant create external location on metastore to `<application id>`" and the same on the storage credential, or set "cloud.lakehouse.externalLocation.create: false" and make it by hand',
  };
}
