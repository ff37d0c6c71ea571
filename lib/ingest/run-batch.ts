import type { BatchKind } from '../ledger/records.ts';
import type { Lease } from '../ledger/lease.ts';
import { latest, secondsBetween } from '../instant.ts';
import { applyBatch, type BatchOutcome } from './apply-batch.ts';
import type { Identified } from './batch-file.ts';
import { tookTooLong } from './batch-bounds.ts';
import { findDamaged } from './find-damaged.ts';
import type { IngestDeps } from './ingest-deps.ts';
import { notTooLarge } from './merge-batch.ts';
import { moveAlreadyApplied, moveProcessed } from './move-files.ts';
import { type Refused, readChangeFiles } from './read-files.ts';
import { rejectFile } from './reject-file.ts';
import { addCounts, type OpenReport } from './report.ts';

/** Which batch comes next. */
export interface NextBatch {
  readonly batchId: bigint;
  /** Fingerprint of the `_versions` view as it was last made. */
  readonly view: string | null;
  /** The newest commit time of all that was applied before it; null where there is none. */
  readonly newestCommit: string | null;
}

/** One batch to run. */
export interface BatchToRun extends NextBatch {
  readonly files: readonly Identified[];
  /** What an earlier run began it as; null for a new one. */
  readonly resumedAs: BatchKind | null;
  /** What is left of a batch that was applied without these files, so they were refused, maybe for a damaged page. */
  readonly leftOver?: boolean;
}

/**
 * Runs one batch from footers to moves, and adds what became of it to the report. Returns what the batch after it is,
 * or null where only the ledger knows.
 */
export async function runBatch(
  untagged: IngestDeps,
  lease: Lease,
  { batchId, files, resumedAs, leftOver, view, newestCommit }: BatchToRun,
  report: OpenReport,
): Promise<NextBatch | null> {
  const engine = untagged.engine.tagged({ table: untagged.table.name, batchId });
  const deps = { ...untagged, engine };
  const fresh = await notTooLarge(batchId, () =>
    moveAlreadyApplied(deps, files, report, resumedAs === null ? null : batchId),
  );
  const read = await readChangeFiles(deps.store, engine.dialect, fresh);
  const damaged = leftOver ? await findDamaged(deps.engine, deps.store, deps.table.name, read.files) : [];
  const sound = read.files.filter((file) => !damaged.some((bad) => bad.file === file));
  const input = { files: sound, taken: fresh, resumedAs, view, newestCommit };
  const outcome = await applyBatch(deps, lease, batchId, input).catch(async (error: unknown) => {
    // Ended in the ledger, its files can go into smaller batches. Should it have been applied after all, they say
    // nothing new.
    const tooLarge = { kind: resumedAs ?? ('merge' as const), files: fresh };
    if (tookTooLong(error) && fresh.length > 1)
      await deps.ledger.ended(lease, batchId, 'timed-out', tooLarge);
    throw error;
  });
  const startedAs = outcome.startedAs ?? resumedAs;
  const refused: Refused<Identified>[] = [...read.refused, ...damaged, ...outcome.refused];
  await notTooLarge(batchId, async () => {
    if (outcome.applied) {
      addOutcome(deps, batchId, outcome, report);
      await moveProcessed(deps, outcome.files, batchId);
    } else if (startedAs !== null) {
      await deps.ledger.ended(lease, batchId, 'abandoned', { kind: startedAs, files: [] });
      await deps.faults.at('ingest.abandoned');
    }
    for (const bad of refused) report.rejected.push(await rejectFile(deps, bad));
  });
  if (!outcome.applied || leftOver) return null;
  const commits = latest([newestCommit, outcome.applied.lastCommit]);
  return { batchId: batchId + 1n, view: outcome.view, newestCommit: commits };
}

function addOutcome(
  { clock, logger, table }: IngestDeps,
  batchId: bigint,
  { applied, files }: BatchOutcome,
  report: OpenReport,
): void {
  if (!applied) return;
  const { rows } = applied;
  const fields = { table: table.name, batchId: String(batchId), files: files.length, rows };
  logger.info('applied a batch', fields);
  report.batches += 1;
  report.files += files.length;
  report.rows += rows;
  report.ambiguous += applied.ambiguous;
  addCounts(report, applied.counts);
  if (applied.lastCommit === null) return;
  report.lagSeconds = Math.max(0, secondsBetween(applied.lastCommit, clock.now()));
}
