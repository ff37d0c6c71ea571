import { BELL_ENVIRONMENT } from '../bell/environment.ts';
import type { FifoMessage } from '../bell/fifo-message.ts';
import { createKeyLocator } from '../config/locate-key.ts';
import { toPipelineError } from '../errors.ts';
import { deployedValue } from './environment.ts';
import type { FunctionScope } from './function-scope.ts';
import { type BatchResponse, failed, putAside, type QueueRecord } from './queue-batch.ts';
import { type Destination, type Reading, readMessage } from './read-message.ts';
import { tellFailure } from './tell-failure.ts';

/** What the router needs of a scope; it asks no warehouse. */
export type RouterScope = Pick<FunctionScope, 'config' | 'env' | 'clock' | 'logger' | 'queues'>;

/** One message to send, and the messages of the bell that want it. */
interface Planned {
  readonly message: FifoMessage;
  readonly wantedBy: Set<QueueRecord>;
}

type Plan = ReadonlyMap<Destination, Map<string, Planned>>;

const QUEUES: Readonly<Record<Destination, string>> = {
  rings: BELL_ENVIRONMENT.ringQueueUrl,
  exports: BELL_ENVIRONMENT.exportQueueUrl,
  networkExports: BELL_ENVIRONMENT.networkExportQueueUrl,
};

/**
 * Makes of events of the bucket and of calls one message for each table and window, and for each export and turn. What
 * nobody can read or do is put aside with the reason; what could not be sent is shown again by the queue. A message that
 * comes twice changes nothing.
 */
export async function routeEvents(
  scope: RouterScope,
  records: readonly QueueRecord[],
): Promise<BatchResponse> {
  // Read when all the files that these messages tell of were there already.
  const nowMs = Date.parse(scope.clock.now());
  const windowSeconds = Number(deployedValue(scope, BELL_ENVIRONMENT.windowSeconds));
  const { config } = scope;
  const reading: Reading = { config, locate: createKeyLocator(config), nowMs, windowSeconds };
  const again = new Set<QueueRecord>();
  const plan = new Map<Destination, Map<string, Planned>>();
  const problems = records.map((record) => ({ record, problem: addToPlan(plan, reading, record) }));
  const bad = problems.filter(({ problem }) => problem !== null);
  await Promise.all(
    bad.map(({ record, problem }) => putAside(scope, record, problem).catch(keep(scope, [record], again))),
  );
  for (const [to, planned] of plan) {
    const wantedBy = [...planned.values()].flatMap((one) => [...one.wantedBy]);
    await send(scope, to, planned).catch(keep(scope, wantedBy, again));
  }
  tell(scope, records, plan, again);
  return failed(records.filter((record) => again.has(record)));
}

/** Returns why the message, or a part of it, cannot be done. */
function addToPlan(
  plan: Map<Destination, Map<string, Planned>>,
  reading: Reading,
  record: QueueRecord,
): unknown {
  try {
    const { sends, problem } = readMessage(reading, record);
    for (const { to, message } of sends) {
      const planned = plan.get(to) ?? new Map<string, Planned>();
      const one = planned.get(message.deduplicationId) ?? { message, wantedBy: new Set() };
      one.wantedBy.add(record);
      plan.set(to, planned.set(message.deduplicationId, one));
    }
    return problem;
  } catch (error) {
    return error;
  }
}

async function send(
  scope: RouterScope,
  to: Destination,
  planned: ReadonlyMap<string, Planned>,
): Promise<void> {
  const url = deployedValue(scope, QUEUES[to]);
  await scope.queues.send(
    url,
    [...planned.values()].map(({ message }) => message),
  );
}

/** Has the queue show messages again; a lasting reason makes dead letters of them in the end. */
function keep(scope: RouterScope, records: readonly QueueRecord[], again: Set<QueueRecord>) {
  return (thrown: unknown): void => {
    const error = toPipelineError(thrown);
    tellFailure(scope.logger, 'pass messages on', error, { messages: records.length });
    for (const record of records) again.add(record);
  };
}

function tell(
  { logger }: RouterScope,
  records: readonly QueueRecord[],
  plan: Plan,
  again: ReadonlySet<QueueRecord>,
): void {
  const count = (to: Destination): number => plan.get(to)?.size ?? 0;
  logger.info('routed', {
    messages: records.length,
    rings: count('rings'),
    exports: count('exports') + count('networkExports'),
    again: again.size,
  });
}
