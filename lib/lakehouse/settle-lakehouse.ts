import { isTransient, PipelineError, TerminalError } from '../errors.ts';
import { ensureExternalLocation, type ExternalLocation, findExternalLocation } from './external-location.ts';
import type { LakehouseEvent } from './lakehouse-event.ts';
import { checkStorageAccess } from './storage-access.ts';
import { ensureStorageCredential, findStorageCredential } from './storage-credential.ts';
import type { UnityClient } from './unity-client.ts';

export interface LakehouseDeps {
  readonly client: UnityClient;
  readonly now: () => Date;
  /** Makes what `tidemark setup` makes, as far as the time allows; false when it has to be called again. */
  readonly setup: () => Promise<boolean>;
}

/** Answer to the first call for an event. */
export interface Begun {
  readonly PhysicalResourceId: string;
  readonly Data: { readonly StartedAt: string };
}

/** Answer to every further call. */
export interface Progress {
  readonly IsComplete: boolean;
  /** Only when it is complete. */
  readonly Data?: { readonly ExternalId: string };
}

/** How long refusals of a role of ours and failures that pass are borne: IAM needs some seconds to spread a change. */
const PATIENCE_MS = 5 * 60_000;

/**
 * Answers a call of the provider framework, which calls one function to begin and to go on: what was begun carries when
 * it was. Safe to call again at any point. On delete nothing is done: histories, volumes and files outlive the stack,
 * and need credential and location.
 */
export async function settleLakehouse(event: LakehouseEvent, deps: LakehouseDeps): Promise<Begun | Progress> {
  const { requestType, step, startedAt } = event;
  if (startedAt === null) return begin(event, deps.now());
  if (requestType === 'Delete') return { IsComplete: true };
  const patient = deps.now().getTime() - startedAt.getTime() < PATIENCE_MS;
  try {
    if (step.kind === 'storage-credential') {
      const { externalId } = await ensureStorageCredential(deps.client, step.credential);
      return { IsComplete: true, Data: { ExternalId: externalId } };
    }
    const { location, setup } = step;
    if (location !== null && !(await settleLocation(deps.client, location, patient)))
      return { IsComplete: false };
    return { IsComplete: setup ? await deps.setup() : true };
  } catch (error) {
    if (patient && isTransient(error)) return { IsComplete: false };
    throw error;
  }
}

/** A delete must not give the resource another id. */
function begin({ requestType, physicalResourceId, step }: LakehouseEvent, now: Date): Begun {
  const named = step.kind === 'lakehouse' ? 'lakehouse' : `storage-credential/${step.credential.name}`;
  return {
    PhysicalResourceId: requestType === 'Delete' ? physicalResourceId : named,
    Data: { StartedAt: now.toISOString() },
  };
}

/** False while the role is refused and `patient`. Throws what Databricks said when it is not. */
async function settleLocation(
  client: UnityClient,
  location: ExternalLocation,
  patient: boolean,
): Promise<boolean> {
  const isNew = (await findExternalLocation(client, location.name)) === null;
  const access = isNew ? await checkStorageAccess(client, location) : null;
  if (access?.state === 'refused' && patient) return false;
  try {
    await ensureExternalLocation(client, location);
    return true;
  } catch (error) {
    if (patient && access?.state === 'untold' && isRefusal(error)) return false;
    throw access?.state === 'refused' ? await withTrust(client, location, access.failures, error) : error;
  }
}

/** What a person who made the role by hand must know. */
async function withTrust(
  client: UnityClient,
  { url, credentialName }: ExternalLocation,
  failures: readonly string[],
  cause: unknown,
): Promise<TerminalError> {
  const found = await findStorageCredential(client, credentialName).catch(() => null);
  const role = found === null ? 'its role' : `role ${found.roleArn}`;
  const id = found === null ? '' : ` and both under the external id ${found.externalId}`;
  return new TerminalError(
    'ROLE_REFUSED',
    `Databricks cannot work in ${url} with storage credential "${credentialName}" (${failures.join('; ')}). ` +
      `The trust policy of ${role} must name ${found?.unityCatalogRoleArn || 'the role of Unity Catalog'} and the role itself,${id}; ` +
      'and its rights must reach the files and the key of the bucket.',
    { context: { credential: credentialName }, cause },
  );
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof PipelineError &&
    (error.code === 'PERMISSION_DENIED' || error.code === 'LOCATION_REFUSED')
  );
}
