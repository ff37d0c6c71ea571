import type { TableConfig } from '../config/config.ts';
import type { Workspace } from '../workspace.ts';

/** A column with its type as a person writes it. */
export interface PlannedColumn {
  readonly name: string;
  readonly type: string;
}

export interface PlannedFile {
  readonly path: string;
  readonly size: number;
  /** By the footer. */
  readonly rows: number;
  readonly fullLoad: boolean;
  /** Load generation; 0 is the first load, and what captured changes have. */
  readonly generation: number;
}

/** What a batch would do to the columns of the history. */
export interface PlannedSchema {
  /** Null when the history is there already. */
  readonly create: readonly PlannedColumn[] | null;
  readonly added: readonly PlannedColumn[];
  readonly widened: readonly { readonly name: string; readonly from: string; readonly to: string }[];
}

/** The statements of a batch in the order in which they would run. */
export interface PlannedSql {
  readonly schema: readonly string[];
  readonly check: string;
  readonly stage: string | null;
  readonly apply: string;
  readonly counts: string | null;
  readonly cleanup: string | null;
}

/** A batch as ingest would run it. */
export interface PlannedBatch {
  readonly id: string;
  /** `first-load` supposes that every row of the full-load files is an insert, which only the check query tells. */
  readonly kind: 'first-load' | 'merge';
  /** True for a batch that was started and not ended. */
  readonly resumed: boolean;
  readonly files: readonly PlannedFile[];
  readonly bytes: number;
  readonly rows: number;
  readonly schema: PlannedSchema;
  readonly sql: PlannedSql;
}

/** What ingest would do to one table now. Plain JSON. */
export interface TablePlan {
  readonly table: string;
  readonly waiting: number;
  readonly waitingBytes: number;
  /** Files that were applied before and would only be moved. */
  readonly alreadyApplied: readonly string[];
  /** A batch that was started and not ended; `missing` are its files that are gone. */
  readonly startedBatch: {
    readonly id: string;
    readonly files: readonly string[];
    readonly missing: readonly string[];
  } | null;
  readonly batches: readonly PlannedBatch[];
  /** Files that would be rejected for what their footers show; their rows may show more. */
  readonly rejections: readonly { readonly path: string; readonly code: string; readonly message: string }[];
}

export async function planTable(_ws: Workspace, _table: TableConfig): Promise<TablePlan> {
  throw new Error('not yet');
}
