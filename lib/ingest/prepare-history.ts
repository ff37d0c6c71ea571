import { createHash } from 'node:crypto';
import { formatColumnType } from '../config/column-type.ts';
import type { HistoryTable } from '../history/history-table.ts';
import { renderSchemaChange, type SchemaChange } from '../history/schema-change.ts';
import { renderVersionsView, renderVersionsViewAnew } from '../history/versions-view.ts';
import type { Dialect, SqlSession, TableRef } from '../ports.ts';
import type { IngestDeps } from './ingest-deps.ts';

/**
 * Runs the schema statements of a batch, before it and on their own: a column too many harms nothing. The view is made
 * anew when the schema or the choice of tracked columns changed. Returns the fingerprint of the view as it is now.
 *
 * @param view fingerprint of the view as the ledger knows it
 */
export async function prepareHistory(
  { engine, ledger }: Pick<IngestDeps, 'engine' | 'ledger'>,
  table: HistoryTable,
  change: SchemaChange,
  view: string | null,
): Promise<string> {
  const statements = renderSchemaChange(engine.dialect, table, change);
  for (const sql of statements) await engine.execute(sql);
  const wanted = viewFingerprint(engine.dialect, table);
  if (wanted === view) return wanted;
  // Another choice of tracked columns, or a crash that left the view behind the columns.
  const left = statements.length === 0 ? renderVersionsViewAnew(engine.dialect, table) : [];
  for (const sql of left) await engine.execute(sql);
  await ledger.keepView(engine, table.config.name, wanted);
  return wanted;
}

/** Changes when the view's text or the type of one of its columns does. */
export function viewFingerprint(dialect: Dialect, table: HistoryTable): string {
  const types = table.columns.map(({ type }) => formatColumnType(type));
  return createHash('sha256')
    .update(renderVersionsView(dialect, table))
    .update(JSON.stringify(types))
    .digest('hex');
}

/** True when a history has no rows. */
export async function isEmpty(session: SqlSession, ref: TableRef): Promise<boolean> {
  const rows = await session.query(`select 'row' from ${session.dialect.tableName(ref)} limit 1`);
  return rows.length === 0;
}
