import { createDmsClient } from '../../../lib/aws/dms-client.ts';
import { sourceSchema, sourceTable } from '../../../lib/config/paths.ts';
import {
  type LifecycleProperties,
  type LifecycleRole,
  lifecycleProperties,
  lifecycleTags,
  type ReplicationDefinition,
} from '../../../lib/dms/lifecycle-event.ts';
import type { LifecycleRequest } from '../../../lib/dms/lifecycle-request.ts';
import {
  begin,
  type BeginResponse,
  type CompleteResponse,
  isComplete,
} from '../../../lib/dms/run-lifecycle.ts';
import { SILENT_LOGGER } from '../../../lib/ports.ts';
import type { DmsStandIn, StandInDefinition } from '../../helpers/dms-stand-in.ts';

/** How a deploy can go wrong behind our back, and how CloudFormation goes about undoing it. */
export interface DeployOptions {
  /** Another resource fails after the task was changed, or after it was started. */
  readonly otherFails?: 'before-start' | 'after-start';
  /** Order in which a rollback takes resources. Nothing public says; both must end well. @default like-update */
  readonly undoes?: 'like-update' | 'backwards';
}

/** How a deploy ended, and the message a person reads. */
export interface DeployResult {
  readonly status: 'COMPLETE' | 'ROLLBACK_COMPLETE' | 'ROLLBACK_FAILED' | 'FAILED';
  readonly reason: string;
}

/** The function that answers the events. */
export type LifecycleCall = (event: LifecycleRequest) => Promise<BeginResponse | CompleteResponse>;

/** Time that a change of the task takes until CloudFormation goes on; DMS is not done with it then. */
const MODIFY_SECONDS = 30;
const POLLS = 120;

/**
 * CloudFormation as far as a replication's resources go (stop, then the task, then start), with the provider framework
 * of the CDK in between. Sources: an update that fails is followed by a second one with old and new swapped, and another
 * physical id by a Delete of the former in the clean-up (https://github.com/aws/aws-cdk/blob/main/docs/CLOUDFORMATION.md);
 * after a rollback the new id is deleted.
 */
export function createStack(
  dms: DmsStandIn,
  { pollSeconds = 30, call }: { pollSeconds?: number; call?: LifecycleCall } = {},
) {
  const deps = { dms: createDmsClient(dms.sender), logger: SILENT_LOGGER, now: dms.now };
  const inPlace: LifecycleCall = (event) =>
    event.Lifecycle === undefined ? begin(event, deps) : isComplete(event, deps);
  const ask = call ?? inPlace;
  const events: string[] = [];
  const ids: Partial<Record<LifecycleRole, string>> = {};
  let deployed: ReplicationDefinition | null = null;
  let superseded: { id: string; properties: LifecycleProperties }[] = [];
  let request = 0;
  let seconds: number[] = [];

  async function handle(
    type: LifecycleRequest['RequestType'],
    properties: LifecycleProperties,
    old: LifecycleProperties | null,
    physicalId: string | undefined,
  ): Promise<string> {
    request += 1;
    events.push(`${properties.Role} ${type}`);
    const event: LifecycleRequest = JSON.parse(
      JSON.stringify({
        RequestType: type,
        RequestId: `request-${request}`,
        PhysicalResourceId: physicalId,
        ResourceProperties: properties,
        OldResourceProperties: old ?? undefined,
      }),
    );
    const begunAt = dms.now();
    const begun = await ask(event);
    for (let poll = 0; poll < POLLS; poll += 1) {
      const answer = await ask({ ...event, ...begun });
      if ('IsComplete' in answer && answer.IsComplete) {
        seconds.push((dms.now() - begunAt) / 1000);
        return answer.PhysicalResourceId ?? begun.PhysicalResourceId ?? '';
      }
      dms.advance(pollSeconds);
    }
    throw new Error('Operation timed out');
  }

  async function update(
    role: LifecycleRole,
    from: ReplicationDefinition,
    to: ReplicationDefinition,
  ): Promise<void> {
    const [old, now] = [lifecycleProperties(role, from), lifecycleProperties(role, to)];
    const before = ids[role];
    const id = await handle('Update', now, old, before);
    if (before !== undefined && id !== before) superseded.push({ id: before, properties: old });
    ids[role] = id;
  }

  async function cleanUp(): Promise<void> {
    const gone = superseded;
    superseded = [];
    for (const { id, properties } of gone)
      await handle('Delete', properties, null, id).catch(() => undefined);
  }

  async function create(definition: ReplicationDefinition): Promise<DeployResult> {
    try {
      ids.stop = await handle('Create', lifecycleProperties('stop', definition), null, undefined);
      dms.create(standInDefinition(definition));
      ids.start = await handle('Create', lifecycleProperties('start', definition), null, undefined);
      deployed = definition;
      return { status: 'COMPLETE', reason: '' };
    } catch (error) {
      // The framework passes over the Delete of what it failed to create.
      if (dms.status() !== null && ids.stop !== undefined) dms.remove();
      return { status: 'FAILED', reason: messageOf(error) };
    }
  }

  async function change(
    from: ReplicationDefinition,
    to: ReplicationDefinition,
    { otherFails, undoes = 'like-update' }: DeployOptions,
  ): Promise<DeployResult> {
    const touched: ('stop' | 'task' | 'start')[] = [];
    try {
      touched.push('stop');
      await update('stop', from, to);
      dms.modify(standInDefinition(to));
      touched.push('task');
      dms.advance(MODIFY_SECONDS);
      if (otherFails === 'before-start') throw new Error('another resource failed');
      touched.push('start');
      await update('start', from, to);
      if (otherFails === 'after-start') throw new Error('another resource failed');
      deployed = to;
      await cleanUp();
      return { status: 'COMPLETE', reason: '' };
    } catch (error) {
      const reason = messageOf(error);
      const order = undoes === 'backwards' ? touched.toReversed() : touched;
      const failure = await undo(order, to, from);
      await cleanUp();
      if (failure !== null) return { status: 'ROLLBACK_FAILED', reason: failure };
      return { status: 'ROLLBACK_COMPLETE', reason };
    }
  }

  async function undo(
    order: readonly ('stop' | 'task' | 'start')[],
    from: ReplicationDefinition,
    to: ReplicationDefinition,
  ): Promise<string | null> {
    try {
      for (const resource of order) {
        if (resource === 'task') {
          dms.modify(standInDefinition(to));
          dms.advance(MODIFY_SECONDS);
        } else {
          await update(resource, from, to);
        }
      }
      return null;
    } catch (error) {
      return messageOf(error);
    }
  }

  return {
    events,
    /** Seconds that each event took, of the last deploy. */
    durations: () => seconds,
    async deploy(definition: ReplicationDefinition, options: DeployOptions = {}): Promise<DeployResult> {
      seconds = [];
      events.length = 0;
      return deployed === null ? create(definition) : change(deployed, definition, options);
    },
    async destroy(): Promise<DeployResult> {
      events.length = 0;
      if (deployed === null) throw new Error('nothing is deployed');
      try {
        await handle('Delete', lifecycleProperties('start', deployed), null, ids.start);
        dms.remove();
        await handle('Delete', lifecycleProperties('stop', deployed), null, ids.stop);
        return { status: 'COMPLETE', reason: '' };
      } catch (error) {
        return { status: 'FAILED', reason: messageOf(error) };
      }
    },
  };
}

function standInDefinition(definition: ReplicationDefinition): StandInDefinition {
  return {
    identifier: definition.identity.identifier,
    migration: definition.identity.migration,
    tables: definition.tables.map((source) => ({ schema: sourceSchema(source), table: sourceTable(source) })),
    tags: lifecycleTags(definition),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
