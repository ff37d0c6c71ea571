import type { QueueRecord } from '../lib/functions/queue-batch.ts';
import { routeEvents } from '../lib/functions/router.ts';
import { type FunctionCall, runBase } from '../lib/functions/open-base.ts';

/** Events of the bucket and calls to messages for tables and exports. */
export function handler(event: { readonly Records: readonly QueueRecord[] }, call: FunctionCall) {
  return runBase(call, (scope) => routeEvents(scope, event.Records));
}
