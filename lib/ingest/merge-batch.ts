import { TransientError } from '../errors.ts';
import { type BatchCounts, UNKNOWN_COUNTS } from '../history/batch-counts.ts';
import type { HistoryTable } from '../history/history-table.ts';
import { type BatchPlan, parseCounts } from '../history/plan-batch.ts';
import { recount } from '../history/recount.ts';
import type { SqlSession, StatementResult, TextRow } from '../ports.ts';
import { tookTooLong } from './batch-bounds.ts';
import type { IngestDeps } from './ingest-deps.ts';

/** Merges the changes of a batch. */
export async function runMerge(
  session: SqlSession,
  plan: BatchPlan,
  faults: IngestDeps['faults'],
): Promise<StatementResult> {
  if (plan.stage) await session.execute(plan.stage);
  await faults.at('ingest.staged');
  return session.execute(plan.apply);
}

/**
 * What the merge did. `resumed` says that it may have been made by a run before, so that its own numbers tell the last
 * time only. Where looking it up takes too long it stays unknown: counts are for people, and no reason to leave a batch
 * unrecorded for ever.
 */
export async function countRows(
  session: SqlSession,
  table: HistoryTable,
  plan: BatchPlan,
  result: StatementResult,
  known: { readonly resumed: boolean; readonly keys: number; readonly allNew: boolean },
): Promise<BatchCounts> {
  const counts = plan.counts ? parseCounts(await session.query(plan.counts)) : UNKNOWN_COUNTS;
  if (plan.cleanup) await session.execute(plan.cleanup);
  const [left] = plan.recount ? await unlessTooLong(session.query(plan.recount)) : [];
  if (plan.kind === 'merge') {
    const merge = known.resumed ? null : result;
    return left ? recount(table, left, { ...known, merge }) : counts;
  }
  const opened = left ? Number(left[0]) : (result.inserted ?? result.changed ?? null);
  return { opened, closed: 0, updated: 0, tombstones: 0, unchanged: 0, stale: 0 };
}

async function unlessTooLong(looking: Promise<TextRow[]>): Promise<TextRow[]> {
  return looking.catch((error: unknown) => {
    if (tookTooLong(error)) return [];
    throw error;
  });
}

/**
 * Runs the small statements around a merge. Where one of them takes too long, that says nothing about the size of the
 * batch, so it must not be taken for that: the error becomes RECORDING_TIMEOUT, and the next run goes on from there.
 */
export async function notTooLarge<T>(batchId: bigint, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!tookTooLong(cause)) throw cause;
    throw new TransientError(
      'RECORDING_TIMEOUT',
      `Looking up or recording what became of batch ${batchId} took too long. The next run goes on from there.`,
      { cause },
    );
  }
}
