import { ingestMessages } from '../lib/functions/ingest.ts';
import type { QueueRecord } from '../lib/functions/queue-batch.ts';
import { type FunctionCall, runFunction } from '../lib/functions/run-function.ts';

/** One table, its waiting files to its history. */
export function handler(event: { readonly Records: readonly QueueRecord[] }, call: FunctionCall) {
  return runFunction(call, (scope, timeLeft) => ingestMessages(scope, event.Records, timeLeft));
}
