import { afterIngestCall } from '../bell/call.ts';
import { BELL_ENVIRONMENT } from '../bell/environment.ts';
import { deployedValue } from './environment.ts';
import type { FunctionScope } from './function-scope.ts';

/** All that ask for an export again in such a time are one message in the end. */
const AGAIN_SECONDS = 600;

/** Asks for an export some minutes later, once for all who do so meanwhile. */
export async function exportAgain(
  scope: Pick<FunctionScope, 'env' | 'queues' | 'clock'>,
  name: string,
): Promise<void> {
  const call = afterIngestCall({ export: name }, Date.parse(scope.clock.now()), AGAIN_SECONDS);
  await scope.queues.send(deployedValue(scope, BELL_ENVIRONMENT.bellQueueUrl), [call]);
}
