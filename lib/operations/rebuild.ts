import type { TableConfig } from '../config/config.ts';
import type { Workspace } from '../workspace.ts';

/** How far a rebuild is. */
export interface RebuildProgress {
  readonly table: string;
  readonly batchesDone: number;
  readonly batchesTotal: number;
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly rows: number;
}

export interface RebuildOptions {
  /** Called after every batch. */
  readonly onProgress?: (progress: RebuildProgress) => void;
}

/** What a rebuild read. */
export interface RebuildReport {
  readonly batches: number;
  readonly files: number;
  /** Rows of the files. */
  readonly rows: number;
}

export async function rebuildTable(
  _ws: Workspace,
  _table: TableConfig,
  _options: RebuildOptions = {},
): Promise<RebuildReport> {
  throw new Error('not yet');
}
