import { createFunctionLogger, type FunctionLogger } from '../aws/function-logger.ts';
import { createMetricSink, type PublishedMetrics } from '../aws/metric-sink.ts';
import { createQueueSender } from '../aws/queue-sender.ts';
import { createSystemClock } from '../clock.ts';
import { toPipelineError } from '../errors.ts';
import { faultsFromEnv } from '../faults.ts';
import type { BaseScope } from './function-scope.ts';
import { once } from '../once.ts';
import { readShippedConfig } from './shipped-config.ts';
import { tellFailure } from './tell-failure.ts';

/** What Lambda tells a function about a call. */
export interface FunctionCall {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** Kept back of each call: for telling how it went. */
const RESERVE_MS = 3_000;

/**
 * Does one call of a function that asks no warehouse: the log's lines carry its id, its metrics are published at its
 * end, and an error that leaves the body is logged before it is thrown on.
 */
export async function runBase<Result>(
  call: FunctionCall,
  body: (scope: BaseScope, timeLeft: () => number) => Promise<Result>,
): Promise<Result> {
  const { scope, logger, metrics } = await openParts();
  logger.beginCall(call.awsRequestId);
  try {
    return await body(scope, () => call.getRemainingTimeInMillis() - RESERVE_MS);
  } catch (thrown) {
    tellFailure(logger, 'do what was asked', toPipelineError(thrown));
    throw thrown;
  } finally {
    metrics.publish();
  }
}

/**
 * What every function of this process works with, opened once. Throws `TerminalError` CONFIG_NOT_SHIPPED; then the next
 * call tries again.
 */
export async function openBase(): Promise<BaseScope> {
  return (await openParts()).scope;
}

interface Parts {
  readonly scope: BaseScope;
  readonly logger: FunctionLogger;
  readonly metrics: PublishedMetrics;
}

const openParts = once(async (): Promise<Parts> => {
  const config = await readShippedConfig(import.meta.dirname);
  const { env } = process;
  const logger = createFunctionLogger(config.name);
  const metrics = createMetricSink(config.name);
  const scope: BaseScope = {
    config,
    env,
    clock: createSystemClock(),
    logger,
    faults: faultsFromEnv(env),
    queues: createQueueSender(),
    metrics,
  };
  return { scope, logger, metrics };
});
