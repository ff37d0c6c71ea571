import { isTransient, TerminalError } from '../errors.ts';
import type { DmsPort, ObservedReplication, ReplicationRef, StartType } from './dms-port.ts';
import { lookUps, nextAction } from './lifecycle.ts';
import type { Action, DesiredReplication, Details, Phase } from './lifecycle-action.ts';
import type { LifecycleStep } from './lifecycle-event.ts';
import { statusMeaning } from './replication-status.ts';

/** Where a replication is after a step. */
export interface Outcome {
  readonly action: Extract<Action, { kind: 'wait' | 'done' | 'fail' }>;
  /** As DMS wrote it last, null when there is no such replication. */
  readonly status: string | null;
  readonly target: ObservedReplication | null;
  /** It was starting or running when it was last looked at. */
  readonly isStarted: boolean;
  /** What was asked of DMS just now and should be remembered. */
  readonly step: LifecycleStep | null;
}

/**
 * Does what can be done now towards what should be: asks DMS for one start or stop, or for the loads of all added
 * tables, and says what to wait for. A call that DMS does not allow at the moment is something to wait for, too.
 */
export async function settle(
  phase: Phase,
  desired: DesiredReplication,
  ref: ReplicationRef,
  dms: DmsPort,
): Promise<Outcome> {
  let wanted = desired;
  let observed: ObservedReplication | null = null;
  try {
    for (;;) {
      observed = await dms.describe(ref);
      const action = nextAction(phase, wanted, observed, await lookUp(phase, wanted, observed, dms));
      if (action.kind === 'wait' || action.kind === 'done' || action.kind === 'fail') {
        return outcome(action, observed);
      }
      if (observed === null) return outcome({ kind: 'done' }, observed);
      if (action.kind !== 'reload-tables') return await perform(action, observed, dms);
      await dms.reloadTables(observed, action.tables);
      wanted = { ...wanted, added: wanted.added.filter((table) => !action.tables.includes(table)) };
    }
  } catch (error) {
    return outcome(answerTo(error, wanted), observed);
  }
}

function outcome(
  action: Outcome['action'],
  target: ObservedReplication | null,
  step: LifecycleStep | null = null,
): Outcome {
  const meaning = target === null ? null : statusMeaning(target.status);
  const isStarted = meaning === 'starting' || meaning === 'running';
  return { action, target, status: target?.status ?? null, isStarted, step };
}

async function lookUp(
  phase: Phase,
  desired: DesiredReplication,
  observed: ObservedReplication | null,
  dms: DmsPort,
): Promise<Details> {
  const wanted = lookUps(phase, desired, observed);
  return {
    connections: wanted.connections && observed?.instance ? await dms.connections(observed.instance) : null,
    statistics: wanted.statistics && observed ? await dms.tableStatistics(observed) : null,
  };
}

async function perform(
  action: Extract<Action, { kind: 'start' | 'stop' | 'test-connections' }>,
  observed: ObservedReplication,
  dms: DmsPort,
): Promise<Outcome> {
  if (action.kind === 'stop') {
    await dms.stop(observed);
    return outcome({ kind: 'wait', seconds: 15, why: 'it was asked to stop' }, observed);
  }
  if (action.kind === 'test-connections') {
    const instanceArn = observed.instance?.instanceArn ?? '';
    for (const endpointArn of action.endpointArns) await dms.testConnection(instanceArn, endpointArn);
    return outcome(
      { kind: 'wait', seconds: 15, why: 'its connections are being tested' },
      observed,
      'tested',
    );
  }
  const type = await startEither(action, observed, dms);
  const again = observed.hasCopied ? 'started' : 'started-empty';
  const step = type === 'start-replication' ? 'started-first' : again;
  return outcome({ kind: 'wait', seconds: 15, why: 'its start was accepted' }, observed, step);
}

/**
 * Starts or resumes. What ran before cannot always be seen, above all after a start that failed or was stopped early:
 * DMS then refuses a first start, `valid only for tasks running for the first time`, or has nothing to resume.
 */
async function startEither(
  { type, from }: Extract<Action, { kind: 'start' }>,
  observed: ObservedReplication,
  dms: DmsPort,
): Promise<StartType> {
  try {
    await dms.start(observed, type, from);
    return type;
  } catch (error) {
    const isRefused = error instanceof TerminalError && error.code === 'DMS_REFUSED';
    if (!isRefused) throw error;
    const resumes = type === 'start-replication' && /first time/i.test(error.message);
    const starts = type === 'resume-processing' && !observed.hasCopied;
    if (!resumes && !starts) throw error;
    const other = resumes ? 'resume-processing' : 'start-replication';
    await dms.start(observed, other, from);
    return other;
  }
}

/** Busy now is a wait. DMS's refusal is a failure in its own words, or a note while an update is being undone. */
function answerTo(error: unknown, desired: DesiredReplication): Outcome['action'] {
  if (isTransient(error)) return { kind: 'wait', seconds: 15, why: error.message };
  if (!(error instanceof TerminalError)) throw error;
  const message = `Replication ${desired.label}: ${error.message}`;
  return desired.lenient ? { kind: 'done', note: message } : { kind: 'fail', code: error.code, message };
}
