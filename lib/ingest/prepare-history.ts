import type { Column } from '../config/column-type.ts';
import type { TableConfig } from '../config/config.ts';
import type { WidenedColumn } from '../changes/plan-schema.ts';
import { bookkeepingNames, type HistoryTable, includesName } from '../history/history-table.ts';
import { renderCreateHistory, renderEvolution } from '../history/table-definition.ts';
import { renderVersionsView } from '../history/versions-view.ts';
import type { Dialect, SqlSession, TableRef } from '../ports.ts';

/** What the schema of a history must become before a batch is applied. */
export interface SchemaChange {
  readonly exists: boolean;
  readonly columns: readonly Column[];
  readonly added: readonly Column[];
  readonly widened: readonly WidenedColumn[];
}

/** The history of a configured table, with these source columns. */
export function historyTable(
  place: { catalog: string; schema: string },
  config: TableConfig,
  columns: readonly Column[],
): HistoryTable {
  const own = bookkeepingNames(config);
  return {
    ref: { catalog: place.catalog, schema: place.schema, name: config.name },
    config,
    columns: columns.filter((column) => !includesName(own, column.name)),
  };
}

/** The statements that make or change the history's table and its view; none when everything fits. Safe to repeat. */
export function renderSchemaChange(
  dialect: Dialect,
  table: HistoryTable,
  change: SchemaChange,
): readonly string[] {
  if (!change.exists) return [renderCreateHistory(dialect, table), renderVersionsView(dialect, table)];
  const evolution = renderEvolution(dialect, table.ref, change.added, change.widened);
  return evolution.length === 0 ? [] : [...evolution, renderVersionsView(dialect, table)];
}

/** Runs the schema statements of a batch, before it and on their own: a column too many harms nothing. */
export async function prepareHistory(
  session: SqlSession,
  table: HistoryTable,
  change: SchemaChange,
): Promise<void> {
  const statements = renderSchemaChange(session.dialect, table, change);
  for (const sql of statements) await session.execute(sql);
  // A crash between two of these, or another choice of tracked columns, may have left a view that no longer fits.
  if (statements.length === 0) await session.execute(renderVersionsView(session.dialect, table));
}

/** True when a history has no rows. */
export async function isEmpty(session: SqlSession, ref: TableRef): Promise<boolean> {
  const rows = await session.query(`select 'row' from ${session.dialect.tableName(ref)} limit 1`);
  return rows.length === 0;
}
