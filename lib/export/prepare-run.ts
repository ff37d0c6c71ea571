import type { ExportConfig, TableConfig } from '../config/config.ts';
import { exportKeys } from '../history/export-rows.ts';
import type { SnapshotTarget, SqlSession, TableRef } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import { pinHistory } from './pin-history.ts';
import { exportConfigHash, planExport } from './plan-export.ts';
import type { OpenRun, RowsToSend, TableRun } from './table-run.ts';
import { targetTableName } from './target-table.ts';

/** What an export of one table works with. */
export interface ExportDeps {
  readonly ws: Workspace;
  readonly settings: ExportConfig;
  readonly target: SnapshotTarget;
  readonly table: TableConfig;
}

/** Which snapshot to send, and where. */
export interface SnapshotOptions {
  /** Instant of a snapshot of the past; null or absent is the current one. */
  readonly asOf?: string | null;
  /** Put a snapshot of the past into the table itself. */
  readonly replace?: boolean;
}

/**
 * Pins the history and decides what to send. Throws `TerminalError` NO_HISTORY_YET before the first batch was applied,
 * unless `setup` took over a table that had rows.
 */
export async function prepareRun(
  { ws, settings, target, table }: ExportDeps,
  { asOf = null, replace = false }: SnapshotOptions,
  session: SqlSession,
  relationOf: (table: TableRef) => Promise<string>,
): Promise<OpenRun> {
  const names = ws.config.tables.map(({ name }) => name);
  const targetTable = targetTableName(table.name, asOf, replace, names);
  const { history, relation, historyId, batchId, erasures } = await pinHistory(
    ws,
    session,
    relationOf,
    table,
  );
  const fixed: Omit<TableRun, 'rows'> = {
    export: settings.name,
    table: table.name,
    targetSchema: settings.targetSchema,
    targetTable,
    asOf,
    relation,
    columns: history.columns,
    historyId,
    configHash: exportConfigHash(settings, table, exportKeys(history)),
    batchId: String(batchId),
    erasures,
  };
  const rows = await chooseRows({ ws, settings, target }, fixed);
  return { run: { ...fixed, rows }, settings, history };
}

/** Decides by what the target holds now. */
export async function chooseRows(
  { ws, settings, target }: Pick<ExportDeps, 'ws' | 'settings' | 'target'>,
  run: Omit<TableRun, 'rows'>,
): Promise<RowsToSend> {
  const watermark = await target.watermark(run.targetSchema, run.targetTable);
  const newestBatchId = await ws.ledger.lastApplied(run.table);
  const { historyId, configHash, asOf } = run;
  const state = { historyId, configHash, batchId: BigInt(run.batchId), newestBatchId, asOf };
  const plan = planExport(settings, state, watermark);
  if (plan.mode === 'delta') return { mode: 'delta', after: String(plan.after) };
  const { reason, impossibleBatch } = plan;
  return {
    mode: 'full',
    reason,
    impossibleBatch: impossibleBatch === null ? null : String(impossibleBatch),
  };
}
