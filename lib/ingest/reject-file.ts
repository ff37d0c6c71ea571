import type { StoredFile } from '../ports.ts';
import { type Identified, toLedgerFile } from './batch-file.ts';
import type { IngestDeps } from './ingest-deps.ts';
import type { Refused } from './read-files.ts';
import type { RejectedFile } from './report.ts';

/** Name of the file that says why its neighbour was rejected. */
export const reasonPath = (path: string): string => `${path}.reason.json`;

/**
 * Moves a refused file to the rejected folder with its reason beside it. The ledger is told first: were the run to end
 * in between, the next one refuses the file again, and the reason is never lost.
 */
export async function rejectFile(
  deps: IngestDeps,
  refused: Refused<Identified>,
  batchId: bigint,
): Promise<RejectedFile> {
  const { table, ledger, store, logger, faults } = deps;
  const { file, reason } = refused;
  await ledger.fileEvent(table.name, toLedgerFile(file), {
    status: 'rejected',
    batchId,
    code: reason.code,
    message: reason.message,
  });
  await faults.at('ingest.rejected-recorded');
  const path = await store.move('incoming', file, 'rejected', file.path);
  await faults.at('ingest.rejected-moved');
  await store.put('rejected', reasonPath(path), renderReason(file, reason, deps.clock.now()));
  logger.warn('file rejected', { table: table.name, path: file.path, code: reason.code });
  return { path, code: reason.code, message: reason.message };
}

function renderReason(file: StoredFile, reason: Refused['reason'], rejectedAt: string): string {
  const { code, message, columnsSeen, columnsExpected } = reason;
  const text = {
    file: file.path,
    version: file.version,
    code,
    message,
    columnsSeen,
    columnsExpected,
    rejectedAt,
  };
  return `${JSON.stringify(text, null, 2)}\n`;
}
