import { chooseBatch } from '../changes/choose-batch.ts';
import { isCandidate, sortChangeFiles } from '../changes/file-name.ts';
import { TransientError, toPipelineError } from '../errors.ts';
import { assertSameSettings, historySettings } from '../history/history-settings.ts';
import { historyRef } from '../history/history-table.ts';
import type { Lease } from '../ledger/lease.ts';
import type { StoredFile } from '../ports.ts';
import { retry } from '../retry.ts';
import { boundsAfter, halfOf, tookTooLong } from './batch-bounds.ts';
import { finishLastBatch, nextBatch } from './finish-last-batch.ts';
import { identifyFiles } from './identify-files.ts';
import type { IngestDeps, IngestOptions } from './ingest-deps.ts';
import { emptyReport, type OpenReport, type TableReport } from './report.ts';
import { type NextBatch, runBatch } from './run-batch.ts';

export { processedPath } from './move-files.ts';

/**
 * Takes everything that waits for one table, oldest first, in bounded batches, into its history. One bad file never
 * stops the others; an error that no file is to blame for ends the table's run, is in the report, and leaves every file
 * where it can be taken up again. The second run of anything changes nothing.
 */
export async function ingestTable(deps: IngestDeps, options: IngestOptions = {}): Promise<TableReport> {
  const report = emptyReport(deps.table.name);
  let lease: Lease | null = null;
  let settled: bigint | null = null;
  try {
    let waiting = await listWaiting(deps);
    report.waiting = waiting.length;
    if (waiting.length > 0) {
      await deps.ready?.();
      lease = await deps.ledger.claim(deps.table.name, deps.worker);
      await deps.faults.at('ingest.claimed');
      await settle(deps, lease.settings);
      const claimed = lease;
      await againWhenUnknown(deps, async (again) => {
        // Whoever had the table until now, or the try before this one, may have taken some of them.
        waiting = await listWaiting(deps);
        settled = await runBatches(deps, claimed, waiting, options, report, again);
      });
    }
  } catch (error) {
    report.error = toPipelineError(error);
  } finally {
    // An expired or lost lease frees itself.
    if (lease) await deps.ledger.release(lease, settled).catch(() => {});
  }
  return report;
}

/** Times that a run is taken up again in which nobody knows whether a statement was carried out. */
const MAX_UNKNOWN = 3;

/**
 * Runs `work` again when the answer to a statement was lost: under the same lease the batch begun last is found in the
 * ledger and applied once more, which changes nothing if it was applied.
 */
async function againWhenUnknown(deps: IngestDeps, work: (again: boolean) => Promise<void>): Promise<void> {
  let left = MAX_UNKNOWN;
  await retry(() => work(left < MAX_UNKNOWN), {
    ...(deps.timeLeft ? { timeLeft: deps.timeLeft } : {}),
    shouldRetry: (error) => {
      if (!(error instanceof TransientError) || error.code !== 'OUTCOME_UNKNOWN') return false;
      left -= 1;
      return left >= 0;
    },
    onRetry: () =>
      deps.logger.warn('the answer to a statement was lost; taking up the batch again', {
        table: deps.table.name,
      }),
  });
}

/** Holds the history to the settings it was begun under; one that has not begun takes those of now. */
async function settle(deps: IngestDeps, stored: string | null): Promise<void> {
  const { engine, ledger, table } = deps;
  const begun = (await engine.columns(historyRef(deps, table))) !== null;
  if (begun && stored !== null) return assertSameSettings(table, stored);
  const settings = historySettings(table);
  if (settings !== stored) await ledger.keepSettings(engine, table.name, settings);
}

const sizeOf = (files: readonly StoredFile[]): number => files.reduce((sum, file) => sum + file.size, 0);

/** Every candidate in the incoming folder in the order of their names, versions not yet known. */
export async function listWaiting(deps: Pick<IngestDeps, 'store'>): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for await (const file of deps.store.list('incoming')) if (isCandidate(file.path)) files.push(file);
  return sortChangeFiles(files);
}

/** Returns the newest batch id, all of whose files are where they belong; null where only the ledger knows it. */
async function runBatches(
  deps: IngestDeps,
  lease: Lease,
  waiting: readonly StoredFile[],
  options: IngestOptions,
  report: OpenReport,
  again: boolean,
): Promise<bigint | null> {
  const { name, batch } = deps.table;
  const isSettled = !again && lease.settled === lease.batchId;
  const [generations, begun] = await Promise.all([
    deps.ledger.generations(name),
    // Known from the claim for as long as nothing was begun under it.
    isSettled ? null : deps.ledger.lastStarted(name, again ? undefined : lease.batchId),
  ]);
  const last = await finishLastBatch(deps, lease, waiting, generations, begun, report);
  let { rest } = last;
  const head = last.began || again ? await deps.ledger.head(name) : lease;
  let next: NextBatch | null = nextBatch(head);
  let bounds = boundsAfter(head?.timedOut ?? null, options.batch ?? batch);
  const tell = (): void => {
    report.waiting = rest.length;
    options.onProgress?.({
      table: deps.table.name,
      filesDone: waiting.length - rest.length,
      filesTotal: waiting.length,
      rows: report.rows,
    });
  };
  if (rest.length < waiting.length) tell();
  while (rest.length > 0) {
    if (report.batches >= (options.maxBatches ?? Number.POSITIVE_INFINITY)) break;
    if (options.mayStartBatch && !options.mayStartBatch()) break;
    const chosen = chooseBatch(rest, bounds);
    const files = await identifyFiles(deps, chosen.batch, generations);
    try {
      const now: NextBatch = next ?? nextBatch(await deps.ledger.head(name));
      next = null;
      next = await runBatch(deps, lease, { ...now, files, resumedAs: null }, report);
      rest = chosen.rest;
    } catch (error) {
      if (!tookTooLong(error) || files.length === 1) throw error;
      bounds = halfOf({ files: files.length, bytes: sizeOf(files) }, bounds);
      deps.logger.warn('a batch took too long; going on with half of it', {
        table: deps.table.name,
        files: files.length,
        maxFiles: bounds.maxFiles,
      });
    }
    tell();
  }
  return next && next.batchId - 1n;
}
