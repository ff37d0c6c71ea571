import { createDmsClient } from '../lib/aws/dms-client.ts';
import { connectDms, withinTime } from '../lib/aws/dms-sender.ts';
import { createFunctionLogger } from '../lib/aws/function-logger.ts';
import type { LifecycleRequest } from '../lib/dms/lifecycle-request.ts';
import { forDeploy } from '../lib/functions/deploy-error.ts';
import { dmsLifecycle } from '../lib/functions/dms-lifecycle.ts';
import type { FunctionCall } from '../lib/functions/run-function.ts';
import { readShippedConfig } from '../lib/functions/shipped-config.ts';

/** Kept back of each call, in milliseconds, to answer. */
const RESERVE_MS = 10_000;

const client = connectDms();

/** Stops and starts replications around changes, as a custom resource. Needs neither warehouse nor bucket. */
export function handler(event: LifecycleRequest, call: FunctionCall) {
  return forDeploy(async () => {
    const { name } = await readShippedConfig(import.meta.dirname);
    const logger = createFunctionLogger(name);
    logger.beginCall(call.awsRequestId);
    const timeLeft = () => call.getRemainingTimeInMillis() - RESERVE_MS;
    const dms = createDmsClient(withinTime(client, timeLeft));
    return dmsLifecycle(event, { dms, logger, now: Date.now });
  });
}
