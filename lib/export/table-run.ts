import type { Column } from '../config/column-type.ts';
import type { ExportConfig, TableConfig } from '../config/config.ts';
import { TerminalError } from '../errors.ts';
import { exportColumns, exportKeys } from '../history/export-rows.ts';
import { type HistoryTable, historyTable } from '../history/history-table.ts';
import type { SnapshotSpec, Watermark } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import { exportConfigHash } from './plan-export.ts';
import { targetColumnName } from './target-table.ts';

/**
 * One export of one table: everything that has to be the same from its beginning to its end. JSON, so that it can go
 * from process to process; numbers of batches are text in it. It holds names and counts, and no values of rows.
 */
export interface TableRun {
  readonly export: string;
  readonly table: string;
  readonly targetSchema: string;
  readonly targetTable: string;
  /** Instant of a snapshot of the past, or null. */
  readonly asOf: string | null;
  readonly rows: RowsToSend;
  /** What to read after `from`: the history at one version, where the engine has versions. */
  readonly relation: string;
  /** The source columns of the history at that version. */
  readonly columns: readonly Column[];
  readonly historyId: string;
  readonly configHash: string;
  readonly batchId: string;
  /** How many times a key of the table was erased. */
  readonly erasures: number;
}

/** Which rows an export sends. */
export type RowsToSend =
  | {
      readonly mode: 'full';
      /** Why all of them where `incremental` is asked for. */
      readonly reason: string | null;
      readonly impossibleBatch: string | null;
    }
  /** Those of keys that a batch after this one touched. */
  | { readonly mode: 'delta'; readonly after: string };

/** A run together with what the configuration says of it. */
export interface OpenRun {
  readonly run: TableRun;
  readonly settings: ExportConfig;
  readonly history: HistoryTable;
}

/**
 * Takes a run up in this process. Throws `TerminalError` EXPORT_SETTINGS_CHANGED when the configuration is not the one
 * that it began with.
 */
export function openRun(
  { config }: Pick<Workspace, 'config'>,
  settings: ExportConfig,
  table: TableConfig,
  run: TableRun,
): OpenRun {
  const history = historyTable(config, table, run.columns);
  if (exportConfigHash(settings, table, exportKeys(history)) === run.configHash) {
    return { run, settings, history };
  }
  throw new TerminalError(
    'EXPORT_SETTINGS_CHANGED',
    `Settings of export ${settings.name} or table ${table.name} were changed while it ran; the target is unchanged. Run the export again.`,
    { context: { export: settings.name, table: table.name } },
  );
}

/** What the target has to know of a run. */
export function specOf({ run, settings, history }: OpenRun): SnapshotSpec {
  const { rows } = run;
  return {
    targetSchema: run.targetSchema,
    targetTable: run.targetTable,
    columns: exportColumns(history).map((column) => inTargetCase(settings, column)),
    keys: exportKeys(history).map((column) => inTargetCase(settings, column).name),
    removeMissing: settings.removeMissing,
    nonFinite: settings.nonFinite,
    connections: settings.connections,
    mode: rows.mode,
    impossibleBatch:
      rows.mode === 'full' && rows.impossibleBatch !== null ? BigInt(rows.impossibleBatch) : null,
  };
}

/** What the target remembers of a run that is published now. */
export function watermarkOf(
  { historyId, configHash, asOf, batchId }: TableRun,
  exportedAt: string,
): Watermark {
  return {
    historyId,
    configHash,
    kind: asOf === null ? 'current' : 'as-of',
    asOf,
    batchId: BigInt(batchId),
    exportedAt,
  };
}

/** A column as the target calls it. */
export function inTargetCase({ columnCase }: Pick<ExportConfig, 'columnCase'>, column: Column): Column {
  return { ...column, name: targetColumnName(column.name, columnCase) };
}
