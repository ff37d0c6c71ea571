import type { TableConfig } from '../config/config.ts';
import type { BatchKind, Generation } from '../ledger/ledger.ts';
import type { Workspace } from '../workspace.ts';

/** How a table stands. */
export interface TableStatus {
  readonly table: string;
  /** Files waiting in the incoming folder. */
  readonly waiting: number;
  readonly waitingBytes: number;
  /** ISO instant, null when nothing waits. */
  readonly oldestWaitingAt: string | null;
  /** Files in the rejected folder. */
  readonly rejected: number;
  readonly lastBatch: {
    readonly id: string;
    readonly kind: BatchKind;
    readonly files: number;
    readonly rows: number;
    /** ISO instant. */
    readonly at: string;
  } | null;
  /** Seconds from the newest commit applied to now; null when none was. */
  readonly lagSeconds: number | null;
  /** Rows of the history; 0 when there is none. */
  readonly rows: number;
  readonly currentRows: number;
  readonly historyId: string | null;
  /** The reload that is neither completed nor cancelled. */
  readonly reload: Generation | null;
  /** Id of a batch that was started and not ended; the next ingest takes it up. */
  readonly startedBatch: string | null;
}

export async function tableStatus(_ws: Workspace, _table: TableConfig): Promise<TableStatus> {
  throw new Error('not yet');
}
