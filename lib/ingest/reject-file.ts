import type { FileStore, StoredFile } from '../ports.ts';
import { type Identified, toLedgerFile } from './batch-file.ts';
import type { IngestDeps } from './ingest-deps.ts';
import type { Refused } from './read-files.ts';
import type { RejectedFile } from './report.ts';

/** Name of the file that says why its neighbour was rejected. */
export const reasonPath = (path: string): string => `${path}.reason.json`;

/**
 * Moves a refused file to the rejected folder with its reason beside it. The ledger is told first, and the reason is
 * there before the file: were the run to end in between, the next one refuses the file again.
 */
export async function rejectFile(deps: IngestDeps, refused: Refused<Identified>): Promise<RejectedFile> {
  const { table, ledger, store, logger, faults } = deps;
  const { file, reason } = refused;
  await ledger.fileEvent(table.name, toLedgerFile(file), {
    status: 'rejected',
    code: reason.code,
    message: reason.message,
  });
  await faults.at('ingest.rejected-recorded');
  const text = renderReason(file, reason, deps.clock.now());
  const explained = await mayExplain(store, file);
  if (explained) await store.put('rejected', reasonPath(file.path), text);
  await faults.at('ingest.rejected-explained');
  const path = await store.move('incoming', file, 'rejected', file.path);
  await faults.at('ingest.rejected-moved');
  if (path !== file.path && explained) await store.remove('rejected', reasonPath(file.path));
  if (path !== file.path || !explained) await store.put('rejected', reasonPath(path), text);
  logger.warn('file rejected', { table: table.name, path: file.path, code: reason.code });
  return { path, code: reason.code, message: reason.message };
}

/** False where the reason of another file of this name would be lost: then this one's waits for the name it gets. */
async function mayExplain(store: FileStore, file: StoredFile): Promise<boolean> {
  const there = await store.read('rejected', reasonPath(file.path));
  return there === null || there.includes(JSON.stringify(file.version));
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
