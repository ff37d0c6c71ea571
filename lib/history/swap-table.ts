import type { Dialect, TableRef } from '../ports.ts';
import type { HistoryTable } from './history-table.ts';
import { list } from './sql-text.ts';
import { newHistoryTable } from './table-definition.ts';

/** Where a history is built anew before it takes the place of the old one. */
export function shadowRef(ref: TableRef): TableRef {
  return { ...ref, name: `_tidemark_rebuild_${ref.name}` };
}

/** Drops a table; none there is success. */
export function renderDropTable(dialect: Dialect, ref: TableRef): string {
  return `drop table if exists ${dialect.tableName(ref)}`;
}

/**
 * Makes the history what `from` is, columns and rows, in one atomic statement. Copied, not renamed: engines without
 * transactions cannot drop and rename in one step, and a replaced table keeps its grants.
 *
 * @param built the history with the columns of `from`
 */
export function renderReplaceHistory(dialect: Dialect, built: HistoryTable, from: TableRef): string {
  const table = newHistoryTable(built);
  const columns = table.columns.map(({ name }) => dialect.quoteIdentifier(name));
  return dialect.replaceTable(table, `select ${list(columns)}\nfrom ${dialect.tableName(from)}`);
}
