import pMap from 'p-map';
import { chooseBatch } from '../changes/choose-batch.ts';
import { isCandidate, parseFileName, sortChangeFiles } from '../changes/file-name.ts';
import { toPipelineError } from '../errors.ts';
import { secondsBetween } from '../instant.ts';
import type { Generation } from '../ledger/ledger.ts';
import type { Lease } from '../ledger/lease.ts';
import type { StoredFile } from '../ports.ts';
import { applyBatch } from './apply-batch.ts';
import { type BatchFile, generationOf, type Identified } from './batch-file.ts';
import { FILE_CONCURRENCY, type IngestDeps, type IngestOptions } from './ingest-deps.ts';
import { readChangeFiles, type Refused } from './read-files.ts';
import { rejectFile } from './reject-file.ts';
import { addCounts, emptyReport, type OpenReport, type TableReport } from './report.ts';

/**
 * Takes everything that waits for one table, oldest first, in bounded batches, into its history. One bad file never
 * stops the others; an error that no file is to blame for ends the table's run, is in the report, and leaves every file
 * where it can be taken up again. The second run of anything changes nothing.
 */
export async function ingestTable(deps: IngestDeps, options: IngestOptions = {}): Promise<TableReport> {
  const report = emptyReport(deps.table.name);
  let lease: Lease | null = null;
  try {
    const waiting = await listWaiting(deps);
    report.waiting = waiting.length;
    if (waiting.length > 0) {
      lease = await deps.ledger.claim(deps.table.name, deps.worker);
      await runBatches(deps, lease, waiting, options, report);
    }
  } catch (error) {
    report.error = toPipelineError(error);
  } finally {
    // An expired or lost lease frees itself.
    if (lease) await deps.ledger.release(lease).catch(() => {});
  }
  return report;
}

/** Every candidate in the incoming folder in the order of their names, versions not yet known. */
export async function listWaiting(deps: Pick<IngestDeps, 'store'>): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for await (const file of deps.store.list('incoming')) if (isCandidate(file.path)) files.push(file);
  return sortChangeFiles(files);
}

async function runBatches(
  deps: IngestDeps,
  lease: Lease,
  waiting: readonly StoredFile[],
  options: IngestOptions,
  report: OpenReport,
): Promise<void> {
  const bounds = options.batch ?? deps.table.batch;
  const generations = await deps.ledger.generations(deps.table.name);
  const total = waiting.length;
  let rest = await finishStarted(deps, lease, waiting, generations, report);
  let batchId = (await deps.ledger.head(deps.table.name))!.batchId;
  while (rest.length > 0) {
    if (report.batches >= (options.maxBatches ?? Number.POSITIVE_INFINITY)) break;
    if (options.mayStartBatch && !options.mayStartBatch()) break;
    const chosen = chooseBatch(rest, bounds);
    rest = chosen.rest;
    if (await runBatch(deps, lease, batchId + 1n, chosen.batch, generations, report)) batchId += 1n;
    report.waiting = rest.length;
    options.onProgress?.({
      table: deps.table.name,
      filesDone: total - rest.length,
      filesTotal: total,
      rows: report.rows,
    });
  }
}

/**
 * A batch that was started and never recorded as applied is taken up again with the same id and the same files, so
 * that whether its merge ran or not makes no difference. Returns the files that are left to do.
 */
async function finishStarted(
  deps: IngestDeps,
  lease: Lease,
  waiting: readonly StoredFile[],
  generations: readonly Generation[],
  report: OpenReport,
): Promise<readonly StoredFile[]> {
  const started = await deps.ledger.unfinished(deps.table.name);
  if (!started || started.kind === 'reload-close') return waiting;
  const wanted = new Map(started.files.map((file) => [file.path, file]));
  const mine = waiting.filter((file) => wanted.has(file.path));
  deps.logger.info('taking up a started batch', {
    table: deps.table.name,
    batchId: String(started.batchId),
    files: mine.length,
  });
  const gone = started.files.filter((file) => !mine.some((m) => m.path === file.path));
  for (const file of gone) {
    deps.logger.warn('a file of a started batch is gone', { table: deps.table.name, path: file.path });
    await deps.ledger.fileEvent(deps.table.name, file, { status: 'missing', batchId: started.batchId });
  }
  const ran = await runBatch(deps, lease, started.batchId, mine, generations, report);
  if (!ran) await deps.ledger.abandoned(lease, started.batchId, started.kind);
  const done = new Set(mine.map((file) => file.path));
  return waiting.filter((file) => !done.has(file.path));
}

/** Runs one batch from identification to moves. True when something was applied under `batchId`. */
async function runBatch(
  deps: IngestDeps,
  lease: Lease,
  batchId: bigint,
  chosen: readonly StoredFile[],
  generations: readonly Generation[],
  report: OpenReport,
): Promise<boolean> {
  const files = await identify(deps, chosen, generations);
  const fresh = await moveAlreadyApplied(deps, files, report);
  const read = await readChangeFiles(deps.store, fresh);
  const outcome = await applyBatch(deps, lease, batchId, read.files);
  const refused: Refused<Identified>[] = [...read.refused, ...outcome.refused];
  if (outcome.applied) {
    report.batches += 1;
    report.files += outcome.files.length;
    report.rows += outcome.applied.rows;
    report.ambiguous += outcome.applied.ambiguous;
    addCounts(report, outcome.applied.counts);
    const { lastCommit } = outcome.applied;
    if (lastCommit !== null) report.lagSeconds = Math.max(0, secondsBetween(lastCommit, deps.clock.now()));
    await moveProcessed(deps, outcome.files, batchId);
  }
  for (const bad of refused) {
    report.rejected.push(await rejectFile(deps, bad, batchId));
  }
  return outcome.applied !== null;
}

/** Gives every file its version and its load generation. */
async function identify(
  deps: IngestDeps,
  files: readonly StoredFile[],
  generations: readonly Generation[],
): Promise<Identified[]> {
  const known = await pMap(files, (file) => deps.store.identify('incoming', file), {
    concurrency: FILE_CONCURRENCY,
  });
  const paths = generations.length > 0 ? known.map((file) => file.path) : [];
  const rejectedIn = await deps.ledger.rejectedGenerations(deps.table.name, paths);
  return known.map((file) => {
    const { fullLoad } = parseFileName(file.path);
    const before = rejectedIn.get(`${file.path}\u0000${file.version}`);
    return {
      ...file,
      fullLoad,
      ...generationOf({ fullLoad, arrivedAt: file.arrivedAt }, generations, before),
    };
  });
}

/** A file that was applied before is only moved, to where its batch's files are. Returns the others. */
async function moveAlreadyApplied(
  deps: IngestDeps,
  files: readonly Identified[],
  report: OpenReport,
): Promise<Identified[]> {
  const applied = await deps.ledger.appliedFiles(
    deps.table.name,
    files.map((file) => file.path),
  );
  const identity = (file: { path: string; version: string; generation: number }): string =>
    `${file.path}\u0000${file.version}\u0000${file.generation}`;
  const batchOf = new Map(applied.map((file) => [identity(file), file.batchId]));
  const fresh: Identified[] = [];
  for (const file of files) {
    const batchId = batchOf.get(identity(file));
    if (batchId === undefined) fresh.push(file);
    else {
      await deps.store.move('incoming', file, 'processed', processedPath(batchId, file.path));
      report.alreadyApplied += 1;
    }
  }
  return fresh;
}

/** Where a processed file lies: under the batch that applied it. */
export const processedPath = (batchId: bigint, path: string): string => `${batchId}/${path}`;

async function moveProcessed(deps: IngestDeps, files: readonly BatchFile[], batchId: bigint): Promise<void> {
  await deps.faults.at('ingest.before-moves');
  await pMap(
    files,
    async (file) => {
      await deps.store.move('incoming', file, 'processed', processedPath(batchId, file.path));
      await deps.faults.at('ingest.moved-one');
    },
    { concurrency: FILE_CONCURRENCY },
  );
  await deps.faults.at('ingest.moved-all');
}
