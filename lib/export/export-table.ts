import type { Column } from '../config/column-type.ts';
import type { ExportConfig, TableConfig } from '../config/config.ts';
import { TerminalError } from '../errors.ts';
import {
  exportColumns,
  exportKeys,
  renderChangedLines,
  renderGoneLines,
  renderSnapshotLines,
} from '../history/export-rows.ts';
import type { HistoryTable } from '../history/history-table.ts';
import { historyTable } from '../ingest/prepare-history.ts';
import { createLedger } from '../ledger/ledger.ts';
import type { PublishResult, SnapshotLoad, SnapshotTarget, SqlSession, TableRef } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import { type ExportMode, exportConfigHash, planExportMode } from './plan-export.ts';
import { targetTableName } from './target-table.ts';

/** Which snapshot to send, and where. */
export interface ExportOptions {
  /** Instant of a snapshot of the past; null or absent is the current one. */
  readonly asOf?: string | null;
  /** Put a snapshot of the past into the table itself. */
  readonly replace?: boolean;
  readonly onProgress?: (progress: { table: string; rows: number }) => void;
}

/** What an export of one table did. */
export interface TableExport {
  /** `schema.table` in the target. */
  readonly target: string;
  readonly mode: 'full' | 'delta';
  /** Why all rows were sent where `incremental` is asked for. */
  readonly reason: string | null;
  /** Rows sent. */
  readonly rows: number;
  readonly upserted: number;
  readonly removed: number;
  readonly unchanged: number;
  readonly batchId: string;
}

/** Everything that is read stands in one version of the history. */
interface Pinned {
  readonly session: SqlSession;
  readonly relation: string;
  readonly table: HistoryTable;
  readonly historyId: string;
  readonly batchId: bigint;
}

/**
 * Sends one table's snapshot to a target and publishes it in one visible step. On any error the target is as it was.
 * Throws `TerminalError` NO_HISTORY_YET before the first ingest.
 */
export async function exportTable(
  ws: Workspace,
  settings: ExportConfig,
  target: SnapshotTarget,
  config: TableConfig,
  options: ExportOptions = {},
): Promise<TableExport> {
  const asOf = options.asOf ?? null;
  const targetTable = targetTableName(config.name, asOf, options.replace ?? false);
  return ws.engine.pinned(async (session, relationOf) => {
    const pinned = await pinHistory(ws, session, relationOf, config);
    const { table, historyId, batchId } = pinned;
    const configHash = exportConfigHash(settings, config, exportKeys(table));
    const watermark =
      settings.mode === 'incremental' ? await target.watermark(settings.targetSchema, targetTable) : null;
    const plan = planExportMode(settings, { historyId, configHash, batchId, asOf }, watermark);
    const load = await target.open(snapshotSpec(settings, table, targetTable, plan));
    try {
      const rows = await sendRows(pinned, settings, target, load, plan, asOf, options);
      await ws.faults.at('export.loaded');
      const published = await load.publish({
        historyId,
        configHash,
        kind: asOf === null ? 'current' : 'as-of',
        asOf,
        batchId,
        exportedAt: ws.clock.now(),
      });
      return report(`${settings.targetSchema}.${targetTable}`, plan, rows, published, batchId);
    } finally {
      await load.abort();
    }
  });
}

async function pinHistory(
  ws: Workspace,
  session: SqlSession,
  relationOf: (table: TableRef) => string,
  config: TableConfig,
): Promise<Pinned> {
  const { catalog, schema } = ws.config;
  const ref = { catalog, schema, name: config.name };
  const columns = await session.columns(ref);
  const ledger = createLedger(session, { catalog, schema }, ws.clock);
  const head = await ledger.head(config.name);
  if (!columns || !head) {
    throw new TerminalError(
      'NO_HISTORY_YET',
      `Table ${config.name} has no history yet. Run "tidemark ingest ${config.name}" first.`,
      { context: { table: config.name } },
    );
  }
  return {
    session,
    relation: relationOf(ref),
    table: historyTable({ catalog, schema }, config, columns),
    historyId: head.historyId,
    batchId: await ledger.lastApplied(config.name),
  };
}

function snapshotSpec(settings: ExportConfig, table: HistoryTable, targetTable: string, plan: ExportMode) {
  return {
    targetSchema: settings.targetSchema,
    targetTable,
    columns: exportColumns(table).map((column) => inTargetCase(settings, column)),
    keys: exportKeys(table).map((column) => inTargetCase(settings, column).name),
    removeMissing: settings.removeMissing,
    nonFinite: settings.nonFinite,
    connections: settings.connections,
    mode: plan.mode,
  };
}

function inTargetCase(settings: Pick<ExportConfig, 'columnCase'>, column: Column): Column {
  return settings.columnCase === 'lower' ? { ...column, name: column.name.toLowerCase() } : column;
}

async function sendRows(
  pinned: Pinned,
  settings: ExportConfig,
  target: SnapshotTarget,
  load: SnapshotLoad,
  plan: ExportMode,
  asOf: string | null,
  options: ExportOptions,
): Promise<number> {
  const { session, relation, table } = pinned;
  const { dialect } = session;
  const lineOf = (columns: readonly Column[]): string =>
    target.bulkText(
      dialect,
      columns.map((c) => ({
        expr: dialect.quoteIdentifier(c.name),
        name: inTargetCase(settings, c).name,
        type: c.type,
      })),
      settings.nonFinite,
    );
  const line = lineOf(exportColumns(table));
  const progress = (rows: number): void => options.onProgress?.({ table: table.config.name, rows });
  if (plan.mode === 'full') {
    const at = asOf === null ? ({ kind: 'current' } as const) : ({ kind: 'as-of', instant: asOf } as const);
    const sql = renderSnapshotLines(dialect, table, at, relation, line);
    return (await load.load(blocks(session, sql, progress))).rows;
  }
  const changed = renderChangedLines(dialect, table, plan.after, relation, line);
  const { rows } = await load.load(blocks(session, changed, progress));
  if (!settings.removeMissing) return rows;
  const gone = renderGoneLines(dialect, table, plan.after, relation, lineOf(exportKeys(table)));
  return rows + (await load.loadDeletedKeys(blocks(session, gone, () => {}))).rows;
}

async function* blocks(
  session: SqlSession,
  sql: string,
  progress: (rows: number) => void,
): AsyncGenerator<string> {
  let rows = 0;
  for await (const block of session.stream(sql)) {
    yield `${block.map(([line]) => line).join('\n')}\n`;
    rows += block.length;
    progress(rows);
  }
}

function report(
  target: string,
  plan: ExportMode,
  rows: number,
  published: PublishResult,
  batchId: bigint,
): TableExport {
  const reason = plan.mode === 'full' ? plan.reason : null;
  return { target, mode: plan.mode, reason, rows, ...published, batchId: String(batchId) };
}
