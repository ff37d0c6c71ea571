import type { TableConfig } from '../config/config.ts';
import { renderRowCounts } from '../history/read-rows.ts';
import { listWaiting } from '../ingest/ingest-table.ts';
import { secondsBetween } from '../instant.ts';
import type { BatchKind, BatchRecord, Generation } from '../ledger/records.ts';
import type { Workspace } from '../workspace.ts';
import { listRejectedFiles } from './find-rejected.ts';
import { historyRef } from '../history/history-table.ts';
import { openGeneration } from './reload-state.ts';

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
  /** Seconds from the newest commit applied to now, never negative; null when none was. */
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

/** How a table stands now. Reads no file's content, changes nothing, and works before the first ingest. */
export async function tableStatus(ws: Workspace, table: TableConfig): Promise<TableStatus> {
  const { ledger } = ws;
  const store = ws.store(table);
  const waiting = await listWaiting({ store });
  const rejected = await listRejectedFiles(store);
  const head = await ledger.head(table.name);
  const batch = await ledger.newest(table.name);
  const commit = head?.newestCommit ?? null;
  const started = await ledger.lastStarted(table.name);
  return {
    table: table.name,
    waiting: waiting.length,
    waitingBytes: waiting.reduce((sum, file) => sum + file.size, 0),
    oldestWaitingAt: waiting.map((file) => file.arrivedAt).sort()[0] ?? null,
    rejected: rejected.length,
    lastBatch: batch && describeBatch(batch),
    lagSeconds: commit === null ? null : Math.max(0, secondsBetween(commit, ws.clock.now())),
    ...(await countRows(ws, table)),
    historyId: head?.historyId ?? null,
    reload: openGeneration(await ledger.generations(table.name)),
    startedBatch: started && !started.ended ? String(started.batchId) : null,
  };
}

function describeBatch(batch: BatchRecord): TableStatus['lastBatch'] {
  return {
    id: String(batch.batchId),
    kind: batch.kind,
    files: batch.files,
    rows: batch.rows,
    at: batch.recordedAt,
  };
}

async function countRows(
  ws: Workspace,
  table: TableConfig,
): Promise<Pick<TableStatus, 'rows' | 'currentRows'>> {
  const ref = historyRef(ws.config, table);
  if ((await ws.engine.columns(ref)) === null) return { rows: 0, currentRows: 0 };
  const { current } = table.historyColumns;
  const [row] = await ws.engine.query(renderRowCounts(ws.engine.dialect, ref, current));
  return { rows: Number(row![0]), currentRows: Number(row![1]) };
}
