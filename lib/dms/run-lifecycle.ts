import { isTransient, TerminalError } from '../errors.ts';
import type { Logger } from '../ports.ts';
import type { LifecycleProgress, LifecycleRequest } from './lifecycle-request.ts';
import { type LifecyclePlan, planEvent } from './plan-event.ts';
import type { DmsPort } from './dms-port.ts';
import { LIFECYCLE_TAGS, parseLifecycleProperties, progressTag, startId, stopId } from './lifecycle-event.ts';
import { type Outcome, settle } from './settle-replication.ts';

/** Answer to the first call for an event. */
export interface BeginResponse {
  readonly PhysicalResourceId: string;
  readonly Lifecycle: LifecycleProgress;
}

/** Answer to each later call; attributes of the resource only once it is complete. */
export interface CompleteResponse {
  readonly IsComplete: boolean;
  readonly PhysicalResourceId?: string;
  readonly Data?: { readonly Status: string; readonly Note: string };
}

export interface LifecycleDeps {
  readonly dms: DmsPort;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Longest time for one event. CloudFormation gives up after an hour, and then says only that time is up. */
export const MAX_EVENT_SECONDS = 50 * 60;

/**
 * The first step for an event, which says no at once where a change must be refused. Called twice for one event it does
 * no harm. Throws `TerminalError`: its message is what the person who deploys gets to read.
 */
export async function begin(event: LifecycleRequest, deps: LifecycleDeps): Promise<BeginResponse> {
  const Lifecycle = { begunAt: deps.now() };
  // The new id is told on completion only: an event that fails leaves the resource as it was.
  const PhysicalResourceId = event.PhysicalResourceId ?? firstId(event);
  const plan = await planEvent(event, deps.dms).catch(unlessTransient);
  if (plan !== null) await oneStep(event, plan, deps);
  return { PhysicalResourceId, Lifecycle };
}

/**
 * One more step for an event, until it is complete: stopped, or a start accepted and added tables being loaded.
 * Throws `TerminalError` with DMS's own last words and the way out.
 */
export async function isComplete(event: LifecycleRequest, deps: LifecycleDeps): Promise<CompleteResponse> {
  const begunAt = event.Lifecycle?.begunAt ?? deps.now();
  const plan = await planEvent(event, deps.dms).catch(unlessTransient);
  if (plan === null) return { IsComplete: false };
  const outcome = await oneStep(event, plan, deps);
  if (outcome.action.kind === 'wait') {
    const seconds = (deps.now() - begunAt) / 1000;
    deps.logger.info('Waiting for DMS', { replication: plan.label, why: outcome.action.why, seconds });
    if (seconds < MAX_EVENT_SECONDS) return { IsComplete: false };
    giveUp(plan, outcome, outcome.action.why);
  }
  await forgetFailure(plan, outcome, deps);
  const note = 'note' in outcome.action ? (outcome.action.note ?? '') : '';
  if (note !== '') deps.logger.warn('Replication is not as it should be', { replication: plan.label, note });
  return {
    IsComplete: true,
    PhysicalResourceId: completedId(event, plan),
    Data: { Status: outcome.status ?? 'none', Note: note },
  };
}

/** DMS is throttled or away: the next call for the event looks again. */
function unlessTransient(error: unknown): null {
  if (isTransient(error)) return null;
  throw error;
}

async function oneStep(event: LifecycleRequest, plan: LifecyclePlan, deps: LifecycleDeps): Promise<Outcome> {
  if (plan.phase === null) {
    return { action: { kind: 'done' }, status: null, target: null, isStarted: false, step: null };
  }
  const outcome = await settle(plan.phase, plan.desired, plan.ref, deps.dms);
  await failIfFailed(plan, outcome, deps);
  const { step, target } = outcome;
  if (step === null || target === null) return outcome;
  const value = progressTag(step, event.RequestId);
  const isKept = await deps.dms.tag(target, LIFECYCLE_TAGS.progress, value).then(
    () => true,
    () => false,
  );
  // Without a memory a start that fails at once would be tried again and again.
  return isKept || step === 'tested' ? outcome : { ...outcome, action: { kind: 'done' } };
}

/** A definition that does not start is remembered at the task, so that the rollback away from it is not held up. */
async function failIfFailed(
  plan: LifecyclePlan,
  { action, target }: Outcome,
  { dms }: LifecycleDeps,
): Promise<void> {
  if (action.kind !== 'fail') return;
  if (plan.phase === 'start-after' && target !== null) {
    await dms.tag(target, LIFECYCLE_TAGS.failed, plan.properties.Definition).catch(() => undefined);
  }
  throw new TerminalError(action.code, action.message, {
    context: { replication: plan.properties.Replication },
  });
}

async function forgetFailure(
  plan: LifecyclePlan,
  { target }: Outcome,
  { dms }: LifecycleDeps,
): Promise<void> {
  if (plan.phase !== 'start-after' || target === null || !plan.tags[LIFECYCLE_TAGS.failed]) return;
  await dms.tag(target, LIFECYCLE_TAGS.failed, '').catch(() => undefined);
}

/** Time is up. Where a start was accepted the rest is not CloudFormation's to wait for; schedule and alarm see to it. */
function giveUp(plan: LifecyclePlan, { status, isStarted }: Outcome, why: string): void {
  const isStarting = plan.phase === 'start-after' || plan.phase === 'ensure-after';
  if ((isStarted && isStarting && plan.desired.running) || plan.desired.lenient) return;
  throw new TerminalError(
    'DMS_TIMEOUT',
    `Replication ${plan.label} did not get ready within ${MAX_EVENT_SECONDS / 60} minutes: ${why} (status ${status ?? 'none'}). Wait until DMS has finished what it does, and deploy again.`,
  );
}

function firstId({ ResourceProperties, RequestId }: LifecycleRequest): string {
  const properties = parseLifecycleProperties(ResourceProperties);
  return properties.Role === 'start' ? startId(properties) : stopId(properties, RequestId);
}

function completedId(event: LifecycleRequest, { properties, keepsId }: LifecyclePlan): string {
  if (properties.Role === 'start') return event.PhysicalResourceId ?? startId(properties);
  const isKept = keepsId || event.RequestType === 'Delete';
  return isKept && event.PhysicalResourceId !== undefined
    ? event.PhysicalResourceId
    : stopId(properties, event.RequestId);
}
