import type { BatchCounts } from '../history/batch-counts.ts';
import type { PipelineError } from '../errors.ts';

/** A file that was moved to the rejected folder in this run. */
export interface RejectedFile {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** What one run did to one table. Counts are null where an engine could not tell. */
export interface TableReport extends BatchCounts {
  readonly table: string;
  readonly batches: number;
  /** Files applied in this run. */
  readonly files: number;
  /** Files that had been applied before and were only moved. */
  readonly alreadyApplied: number;
  /** Rows of the applied files. */
  readonly rows: number;
  readonly ambiguous: number;
  readonly rejected: readonly RejectedFile[];
  /** Files that still wait. */
  readonly waiting: number;
  /** Seconds from the newest commit applied in this run to its end; null when nothing was applied. */
  readonly lagSeconds: number | null;
  /** Why the run of this table ended early, if it did. */
  readonly error: PipelineError | null;
}

/** A report to add to while a run goes on. */
export type OpenReport = { -readonly [P in keyof TableReport]: TableReport[P] } & {
  rejected: RejectedFile[];
};

export function emptyReport(table: string): OpenReport {
  return {
    table,
    batches: 0,
    files: 0,
    alreadyApplied: 0,
    rows: 0,
    opened: 0,
    closed: 0,
    updated: 0,
    tombstones: 0,
    unchanged: 0,
    stale: 0,
    ambiguous: 0,
    rejected: [],
    waiting: 0,
    lagSeconds: null,
    error: null,
  };
}

const COUNTS = ['opened', 'closed', 'updated', 'tombstones', 'unchanged', 'stale'] as const;

/** Adds a batch's counts; one unknown count makes the sum unknown. */
export function addCounts(report: OpenReport, counts: BatchCounts): void {
  for (const name of COUNTS) {
    const before = report[name];
    const more = counts[name];
    report[name] = before === null || more === null ? null : before + more;
  }
}
