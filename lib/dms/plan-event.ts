import { TerminalError } from '../errors.ts';
import type { DmsPort, ReplicationRef } from './dms-port.ts';
import type { DesiredReplication, Phase } from './lifecycle-action.ts';
import {
  addedTables,
  allTables,
  identityOf,
  LIFECYCLE_TAGS,
  type LifecycleProperties,
  marksOf,
  parseLifecycleProperties,
  readProgress,
  rememberedMarks,
} from './lifecycle-event.ts';
import { identityChanges, replacementRefused } from './replacement.ts';
import type { LifecycleRequest } from './lifecycle-request.ts';

/** What an event asks for. */
export interface LifecyclePlan {
  readonly properties: LifecycleProperties;
  readonly ref: ReplicationRef;
  readonly label: string;
  /** Null: there is nothing to do. */
  readonly phase: Phase | null;
  readonly desired: DesiredReplication;
  /** The resource keeps its physical id. */
  readonly keepsId: boolean;
  /** Tags of the replication as it is now; none when it is not there. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * What an event asks for, judged by what is in DMS as well as by what CloudFormation sends: in a clean-up it sends the
 * properties of what it has given up, and a rollback looks like any other update.
 *
 * | resource, event | what it asks for |
 * |---|---|
 * | stop, Create | nothing; refused when somebody else's replication has the name |
 * | stop, Update | stop, unless it would be replaced: refused. With what last succeeded, it undoes: what should run runs |
 * | stop, Delete | what should run runs, by the tags of the replication; nothing when it is gone |
 * | start, Create | start |
 * | start, Update | start; while the replication is still as before or as after a rollback (by its tags), stop |
 * | start, Delete | stop |
 *
 * Throws `TerminalError` DMS_NAME_TAKEN and DMS_REPLACEMENT_REFUSED.
 */
export async function planEvent(event: LifecycleRequest, dms: DmsPort): Promise<LifecyclePlan> {
  const properties = parseLifecycleProperties(event.ResourceProperties);
  const old = event.OldResourceProperties === undefined ? null : parseOld(event.OldResourceProperties);
  const ref = { kind: properties.Kind, identifier: properties.Identifier };
  if (properties.Role === 'stop' && event.RequestType === 'Update') {
    const plan = planStopUpdate(event, properties, old);
    return { ...planned(properties, old, {}), ...plan, ref };
  }
  const observed = await dms.describe(ref);
  if (properties.Role === 'stop' && event.RequestType === 'Create') {
    if (observed !== null && event.Lifecycle === undefined) throw nameTaken(properties);
    return { ...planned(properties, old, {}), phase: null, ref };
  }
  const tags = observed === null ? {} : await dms.tags(observed);
  const plan = { ...planned(properties, old, tags), ...planOther(event, properties, tags), ref };
  return { ...plan, desired: { ...plan.desired, ...soFar(properties, tags, event.RequestId) } };
}

function soFar(
  properties: LifecycleProperties,
  tags: LifecyclePlan['tags'],
  requestId: string,
): Pick<DesiredReplication, 'tested' | 'attempted'> & Partial<Pick<DesiredReplication, 'added'>> {
  const step = readProgress(tags, requestId);
  const known = { tested: step !== null, attempted: step !== null && step !== 'tested' };
  // What was started for the first time loads every table.
  if (step === 'started-first') return { ...known, added: [] };
  // What is only started again may follow changes of tables that it never loaded.
  return step === 'started-empty' ? { ...known, added: allTables(properties) } : known;
}

function planStopUpdate(
  event: LifecycleRequest,
  properties: LifecycleProperties,
  old: LifecycleProperties | null,
): Pick<LifecyclePlan, 'phase' | 'keepsId'> & { desired: DesiredReplication } {
  const desired = desiredOf(properties, old);
  const marks = rememberedMarks(event.PhysicalResourceId ?? '');
  const now = marksOf(properties);
  if (marks?.definition === now.definition) {
    return { phase: 'ensure-after', keepsId: true, desired: { ...desired, added: [], lenient: true } };
  }
  const changes = old === null ? [] : identityChanges(identityOf(old), identityOf(properties));
  const isReplaced = marks === null ? changes.length > 0 : marks.identity !== now.identity;
  if (isReplaced) throw replacementRefused(properties.Replication, changes);
  return { phase: 'stop-before', keepsId: false, desired };
}

function planOther(
  { RequestType }: LifecycleRequest,
  properties: LifecycleProperties,
  tags: LifecyclePlan['tags'],
): Pick<LifecyclePlan, 'phase'> {
  if (properties.Role === 'stop') return { phase: 'ensure-after' };
  if (RequestType === 'Delete') return { phase: 'stop-for-delete' };
  const definition = tags[LIFECYCLE_TAGS.definition];
  const isOther = definition !== undefined && definition !== properties.Definition;
  return { phase: RequestType === 'Update' && isOther ? 'stop-before' : 'start-after' };
}

function planned(
  properties: LifecycleProperties,
  old: LifecycleProperties | null,
  tags: LifecyclePlan['tags'],
): Omit<LifecyclePlan, 'phase' | 'ref'> {
  const desired = desiredOf(properties, old);
  const isCleanUp = properties.Role === 'stop';
  const running = isCleanUp ? (tags[LIFECYCLE_TAGS.running] ?? properties.Running) : properties.Running;
  const failed = tags[LIFECYCLE_TAGS.failed];
  const isUndoing = old !== null && failed !== undefined && failed === old.Definition;
  return {
    properties,
    label: desired.label,
    keepsId: false,
    tags,
    desired: { ...desired, running: running === 'true', lenient: isCleanUp || isUndoing },
  };
}

function desiredOf(properties: LifecycleProperties, old: LifecycleProperties | null): DesiredReplication {
  const { Replication, Kind, Identifier, Migration, Running, StartFrom } = properties;
  const noun = Kind === 'standard' ? 'task' : 'serverless replication';
  return {
    label: `${Replication} (${noun} ${Identifier})`,
    kind: Kind,
    migration: Migration,
    running: Running === 'true',
    added: addedTables(old, properties),
    startFrom: StartFrom ?? null,
    attempted: false,
    tested: false,
    lenient: false,
  };
}

/** Properties that another version of the app wrote are not worth a failure. */
function parseOld(value: unknown): LifecycleProperties | null {
  try {
    return parseLifecycleProperties(value);
  } catch {
    return null;
  }
}

function nameTaken({ Replication, Identifier }: LifecycleProperties): TerminalError {
  return new TerminalError(
    'DMS_NAME_TAKEN',
    `Replication ${Replication}: DMS has a replication named ${Identifier} already that this stack did not make. Delete it, or give the replication another name.`,
  );
}
