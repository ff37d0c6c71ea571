import type { Generation, LedgerFile, StartedBatch } from '../ledger/records.ts';
import type { Lease } from '../ledger/lease.ts';
import type { Head } from '../ledger/read-head.ts';
import type { StoredFile } from '../ports.ts';
import { tookTooLong } from './batch-bounds.ts';
import { fileIdentity, identifyFiles } from './identify-files.ts';
import type { IngestDeps } from './ingest-deps.ts';
import type { OpenReport } from './report.ts';
import { type NextBatch, runBatch } from './run-batch.ts';

/**
 * Brings the batch begun last to its end before any other begins. One that was never applied is taken up again with the
 * same id and the same files, so that whether its merge ran or not makes no difference; of one that was, what still
 * waits is moved or refused. Batches after a crash are thus the batches without it. Returns the files left to do, and
 * whether anything was begun.
 *
 * @param last the batch begun last
 */
export async function finishLastBatch(
  deps: IngestDeps,
  lease: Lease,
  waiting: readonly StoredFile[],
  generations: readonly Generation[],
  last: StartedBatch | null,
  report: OpenReport,
): Promise<{ readonly rest: readonly StoredFile[]; readonly began: boolean }> {
  if (!last || last.kind === 'reload-close') return { rest: waiting, began: false };
  const names = new Set(last.files.map((file) => file.path));
  const named = waiting.filter((file) => names.has(file.path));
  const wanted = new Set(last.files.map(fileIdentity));
  const mine = (await identifyFiles(deps, named, generations)).filter((f) => wanted.has(fileIdentity(f)));
  if (last.ended && mine.length === 0) return { rest: waiting, began: false };
  deps.logger.info('taking up a started batch', {
    table: deps.table.name,
    batchId: String(last.batchId),
    files: mine.length,
  });
  const there = new Set(mine.map(fileIdentity));
  if (!last.ended)
    await recordMissing(
      deps,
      last.batchId,
      last.files.filter((f) => !there.has(fileIdentity(f))),
    );
  const next = nextBatch(await deps.ledger.head(deps.table.name));
  const batch = last.ended
    ? { ...next, files: mine, resumedAs: null, leftOver: true }
    : { ...next, batchId: last.batchId, files: mine, resumedAs: last.kind };
  try {
    await runBatch(deps, lease, batch, report);
  } catch (error) {
    if (!tookTooLong(error) || mine.length === 1) throw error;
    // Ended in the ledger: its files are taken like any others, fewer at once.
    return { rest: waiting, began: true };
  }
  const done = new Set(mine.map((file) => file.path));
  return { rest: waiting.filter((file) => !done.has(file.path)), began: true };
}

/** What the next batch is after what the ledger knows of a table, whose lease must be held. */
export function nextBatch(head: Pick<Head, 'batchId' | 'view' | 'newestCommit'> | null): NextBatch {
  const { batchId = 0n, view = null, newestCommit = null } = head ?? {};
  return { batchId: batchId + 1n, view, newestCommit };
}

async function recordMissing(deps: IngestDeps, batchId: bigint, gone: readonly LedgerFile[]): Promise<void> {
  for (const file of gone) {
    deps.logger.warn('a file of a started batch is gone', { table: deps.table.name, path: file.path });
    await deps.ledger.fileEvent(deps.table.name, file, { status: 'missing', batchId });
  }
}
