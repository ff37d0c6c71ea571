import { nextForAdded } from './added-tables.ts';
import type { ObservedReplication } from './dms-port.ts';
import type { Action, DesiredReplication, Details, Phase } from './lifecycle-action.ts';
import { statusMeaning } from './replication-status.ts';

/** What must be looked up before `nextAction` can decide. */
export function lookUps(
  phase: Phase,
  desired: DesiredReplication,
  observed: ObservedReplication | null,
): { readonly connections: boolean; readonly statistics: boolean } {
  const wantsStart =
    observed !== null && desired.running && (phase === 'start-after' || phase === 'ensure-after');
  if (!wantsStart) return { connections: false, statistics: false };
  const meaning = statusMeaning(observed.status);
  return {
    connections: observed.instance !== null && ['new', 'resting', 'failed'].includes(meaning),
    statistics: meaning === 'running' && desired.added.length > 0,
  };
}

/**
 * The next step from what is to what should be. It resumes where there is something to resume, starts what never ran,
 * never loads again what was loaded, and waits for what DMS is in the middle of. The same for tasks and serverless.
 */
export function nextAction(
  phase: Phase,
  desired: DesiredReplication,
  observed: ObservedReplication | null,
  details: Details,
): Action {
  if (observed === null) return whenGone(phase, desired);
  const meaning = statusMeaning(observed.status);
  if (meaning === 'deleting') return wait(15, 'it is being deleted');
  if (phase === 'stop-before' || phase === 'stop-for-delete') return towardsStop(phase, desired, observed);
  if (desired.running) return towardsStart(desired, observed, details);
  return phase === 'start-after' ? towardsStop(phase, desired, observed) : { kind: 'done' };
}

function whenGone(phase: Phase, desired: DesiredReplication): Action {
  if (phase === 'stop-for-delete' || phase === 'ensure-after') return { kind: 'done' };
  const note = `Replication ${desired.label} is not in DMS: it was deleted by hand, and its position in the source's log with it.`;
  if (desired.lenient) return { kind: 'done', note };
  return fail(
    'DMS_REPLICATION_GONE',
    `${note} Give the replication a new name and deploy: its tables are loaded again, and their histories go on.`,
  );
}

function towardsStop(phase: Phase, desired: DesiredReplication, observed: ObservedReplication): Action {
  switch (statusMeaning(observed.status)) {
    case 'new':
    case 'resting':
    case 'failed':
      return { kind: 'done' };
    case 'stopping':
    case 'changing':
      return wait(15, `its status is ${observed.status}`);
    default:
      return phase !== 'stop-for-delete' && losesLoad(desired, observed)
        ? refuseStop(desired)
        : { kind: 'stop' };
  }
}

/**
 * A serverless replication cannot resume a load without changes: everything would have to be copied again.
 * @see https://docs.aws.amazon.com/dms/latest/APIReference/API_StartReplication.html
 */
function losesLoad(desired: DesiredReplication, observed: ObservedReplication): boolean {
  return observed.kind === 'serverless' && (observed.migration ?? desired.migration) === 'full-load';
}

function refuseStop(desired: DesiredReplication): Action {
  const note = `Replication ${desired.label} is in the middle of a full load, which serverless DMS cannot resume.`;
  if (desired.lenient) return { kind: 'done', note };
  return fail(
    'DMS_LOAD_UNDER_WAY',
    `${note} Deploy again when it has finished, or stop it by hand and load its tables again.`,
  );
}

function towardsStart(desired: DesiredReplication, observed: ObservedReplication, details: Details): Action {
  switch (statusMeaning(observed.status)) {
    case 'running':
      return nextForAdded(desired, details.statistics ?? []);
    case 'starting':
      return whileStarting(desired, observed);
    case 'new':
    case 'resting':
    case 'failed':
      return startFromRest(desired, observed, details);
    default:
      return wait(15, `its status is ${observed.status}`);
  }
}

/**
 * A task runs or fails within minutes of its start, which is worth knowing before the deploy ends. Serverless looks for
 * capacity first, which can take longer than CloudFormation waits; only tables that were added are waited for.
 */
function whileStarting(desired: DesiredReplication, { kind, status }: ObservedReplication): Action {
  if (kind === 'standard') return wait(15, `its status is ${status}`);
  if (desired.added.length === 0 || desired.migration === 'cdc') return { kind: 'done' };
  return wait(30, `its status is ${status}, and tables were added`);
}

function startFromRest(desired: DesiredReplication, observed: ObservedReplication, details: Details): Action {
  if (desired.attempted) return afterAttempt(desired, observed);
  if (isFinished(desired, observed)) return startFinished(desired, observed, details);
  if (observed.everRan && losesLoad(desired, observed)) return brokenLoad(desired, observed);
  return whenConnected(desired, observed, details);
}

/** A start was accepted, and DMS is at rest: it failed at once, finished at once, or has not moved yet. */
function afterAttempt(desired: DesiredReplication, observed: ObservedReplication): Action {
  switch (statusMeaning(observed.status)) {
    case 'failed':
      return failed(desired, observed);
    case 'new':
      return wait(15, 'its start was accepted');
    default:
      return { kind: 'done' };
  }
}

function isFinished(desired: DesiredReplication, observed: ObservedReplication): boolean {
  const { stopReason, migration } = observed;
  if ((migration ?? desired.migration) !== 'full-load') return false;
  return stopReason === 'FULL_LOAD_ONLY_FINISHED' && statusMeaning(observed.status) === 'resting';
}

/**
 * A load that finished is not begun again. A task that resumes it loads just the tables that were not loaded yet.
 * @see https://docs.aws.amazon.com/dms/latest/APIReference/API_StartReplicationTask.html
 */
function startFinished(desired: DesiredReplication, observed: ObservedReplication, details: Details): Action {
  if (desired.added.length === 0) return { kind: 'done' };
  if (observed.kind === 'standard') return whenConnected(desired, observed, details);
  const names = desired.added.map(({ schema, table }) => `${schema}.${table}`).join(', ');
  const note = `Replication ${desired.label} has finished its full load, and serverless DMS cannot load ${names} alone.`;
  if (desired.lenient) return { kind: 'done', note };
  return fail('DMS_LOAD_FINISHED', `${note} Copy added tables by a replication of their own.`);
}

function brokenLoad(desired: DesiredReplication, observed: ObservedReplication): Action {
  const note = `Replication ${desired.label} was interrupted in its full load, which serverless DMS cannot resume${said(observed)}.`;
  if (desired.lenient) return { kind: 'done', note };
  return fail(
    'DMS_LOAD_INTERRUPTED',
    `${note} Start it by hand with "reload-target", or give the replication a new name: either loads every table again.`,
  );
}

/** A task starts only when both of its connections were tested with success; serverless tests them itself. */
function whenConnected(desired: DesiredReplication, observed: ObservedReplication, details: Details): Action {
  const missing = (details.connections ?? []).filter(({ status }) => status !== 'successful');
  if (missing.length === 0) return start(desired, observed);
  if (missing.some(({ status }) => status === 'testing')) return wait(15, 'a connection is being tested');
  const broken = missing.find(({ status }) => status === 'failed');
  if (broken === undefined || !desired.tested) {
    return { kind: 'test-connections', endpointArns: missing.map(({ endpointArn }) => endpointArn) };
  }
  const note = `Replication ${desired.label} cannot connect to ${broken.endpointArn}: ${broken.failure ?? 'DMS does not say why'}`;
  if (desired.lenient) return { kind: 'done', note };
  return fail('DMS_CONNECTION_FAILED', `${ended(note)} Check network, secret and rights, and deploy again.`);
}

function start(desired: DesiredReplication, { everRan }: ObservedReplication): Action {
  if (everRan) return { kind: 'start', type: 'resume-processing', from: null };
  const from = desired.migration === 'cdc' ? desired.startFrom : null;
  return { kind: 'start', type: 'start-replication', from };
}

function failed(desired: DesiredReplication, observed: ObservedReplication): Action {
  const note = `Replication ${desired.label} failed${said(observed)}`;
  if (desired.lenient) return { kind: 'done', note };
  return fail(
    'DMS_REPLICATION_FAILED',
    `${ended(note)} Mend the cause and deploy again: it resumes where it was. The task's log has the details.`,
  );
}

/** What DMS says of the last failure or stop. */
function said({ failures, stopReason }: ObservedReplication): string {
  const texts = [...failures, ...(stopReason === null ? [] : [`stop reason ${stopReason}`])];
  return texts.length === 0 ? ', and DMS does not say why' : `: ${texts.join(' · ')}`;
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function wait(seconds: number, why: string): Action {
  return { kind: 'wait', seconds, why };
}

function fail(code: string, message: string): Action {
  return { kind: 'fail', code, message };
}
