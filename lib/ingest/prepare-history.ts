import type { HistoryTable } from '../history/history-table.ts';
import { renderSchemaChange, type SchemaChange } from '../history/schema-change.ts';
import { renderVersionsView } from '../history/versions-view.ts';
import type { SqlSession, TableRef } from '../ports.ts';

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
