import { TerminalError } from '../../errors.ts';
import type { SnapshotSpec } from '../../ports.ts';

/** What this export had staged is not there any more. */
export function exportLost(
  { targetSchema, targetTable }: SnapshotSpec,
  runId: string,
  cause?: unknown,
): TerminalError {
  return new TerminalError(
    'EXPORT_LOST',
    `What the export ${runId} had staged for ${targetSchema}.${targetTable} is gone: another export took its turn, a key ` +
      'was erased, or the server was restarted. It changed nothing in the table. Run the export again.',
    { context: { run: runId }, cause },
  );
}
