import type { BatchConfig, TableConfig } from '../config/config.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Clock, Engine, Faults, FileStore, Logger } from '../ports.ts';

/** Everything one table's ingest works with. */
export interface IngestDeps {
  readonly table: TableConfig;
  readonly catalog: string;
  readonly schema: string;
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly store: FileStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly faults: Faults;
  /** Milliseconds until whoever runs us is stopped. @default no such end */
  readonly timeLeft?: () => number;
  /** Makes sure that schema and ledger are there, before the first statement. @default they are */
  readonly ready?: () => Promise<void>;
  /** Unique among the workers of this process. */
  readonly worker: string;
}

/** Bounds and news of one run. */
export interface IngestOptions {
  /** Overrides the table's own bounds. */
  readonly batch?: BatchConfig;
  /** Stop after so many batches; more may be waiting then. @default no bound */
  readonly maxBatches?: number;
  /** Asked before each batch: false leaves the rest waiting. @default always true */
  readonly mayStartBatch?: () => boolean;
  /** Called after every batch. */
  readonly onProgress?: (progress: IngestProgress) => void;
}

export interface IngestProgress {
  readonly table: string;
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly rows: number;
}

/** Files handled at once where that only costs file handles: footers, moves. */
export const FILE_CONCURRENCY = 8;
