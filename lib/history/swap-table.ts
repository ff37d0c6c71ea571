import type { Dialect, TableRef } from '../ports.ts';

/** Where a history is built anew before it takes the place of the old one. */
export function shadowRef(ref: TableRef): TableRef {
  return { ...ref, name: `_tidemark_rebuild_${ref.name}` };
}

/** Drops a table; none there is success. */
export function renderDropTable(dialect: Dialect, ref: TableRef): string {
  return `drop table if exists ${dialect.tableName(ref)}`;
}

/**
 * Makes `to` what `from` is, columns and rows, in one atomic statement. Copied, not renamed: engines without
 * transactions cannot drop and rename in one step, and a replaced table keeps its grants.
 */
export function renderReplaceTable(dialect: Dialect, from: TableRef, to: TableRef): string {
  return `create or replace table ${dialect.tableName(to)} as\nselect * from ${dialect.tableName(from)}`;
}
