import { createExecutionStarter } from '../lib/aws/execution-starter.ts';
import { exportMessages } from '../lib/functions/export.ts';
import { type ExportStep, exportStep, isExportStep } from '../lib/functions/export-step.ts';
import type { QueueRecord } from '../lib/functions/queue-batch.ts';
import { type FunctionCall, runFunction } from '../lib/functions/run-function.ts';
import { forStep } from '../lib/functions/step-error.ts';

const executions = createExecutionStarter();

/** Exports, their snapshots to their targets: messages of the queue, and steps of the state machine. */
export function handler(
  event: { readonly Records: readonly QueueRecord[] } | ExportStep,
  call: FunctionCall,
) {
  if (isExportStep(event)) {
    return forStep(() => runFunction(call, (scope, timeLeft) => exportStep(scope, event, timeLeft)));
  }
  return runFunction(call, (scope, timeLeft) =>
    exportMessages(scope, event.Records, { timeLeft, executions }),
  );
}
