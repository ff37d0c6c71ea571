import type { BatchCounts } from '../history/batch-counts.ts';

export type BatchKind = 'first-load' | 'merge' | 'reload-close';

/** What the ledger says of one file of a batch. */
export interface LedgerFile {
  readonly path: string;
  readonly version: string;
  readonly generation: number;
  readonly fullLoad: boolean;
  readonly size: number;
  readonly rows: number | null;
  readonly firstCommit: string | null;
  readonly lastCommit: string | null;
  readonly arrivedAt: string;
}

/** What is recorded of a batch when it was applied. */
export interface AppliedBatch {
  readonly batchId: bigint;
  readonly kind: BatchKind;
  readonly files: readonly LedgerFile[];
  readonly rows: number;
  readonly counts: BatchCounts;
  readonly ambiguous: number;
  readonly firstCommit: string | null;
  readonly lastCommit: string | null;
  readonly reloadInstant: string | null;
}

/** A file that was applied once, and the batch that did it. */
export interface AppliedFile {
  readonly path: string;
  readonly version: string;
  readonly generation: number;
  readonly batchId: bigint;
}

/** One reload of a table. */
export interface Generation {
  readonly generation: number;
  readonly instant: string;
  readonly status: 'requested' | 'completed' | 'cancelled';
}

/** A batch that was begun: what it was to take, and whether it came to an end. */
export interface StartedBatch {
  readonly batchId: bigint;
  readonly kind: BatchKind;
  /** Every file of the batch, those that were refused for their content too. In no order. */
  readonly files: readonly LedgerFile[];
  /** Applied or abandoned; its files may not all have been moved yet. */
  readonly ended: boolean;
}

/** A batch with its outcome, as `status` and `rebuild` need it. */
export interface BatchRecord {
  readonly batchId: bigint;
  readonly kind: BatchKind;
  readonly files: number;
  readonly rows: number;
  readonly lastCommit: string | null;
  readonly reloadInstant: string | null;
  readonly recordedAt: string;
}

/** A file that was rejected, and why. */
export interface Rejection {
  readonly file: LedgerFile;
  readonly code: string;
  readonly message: string;
  readonly rejectedAt: string;
}
