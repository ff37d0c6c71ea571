import type { Dialect } from '../ports.ts';
import { keyHashExpr } from './erasure.ts';
import { type HistoryTable, historyNames, keyColumns } from './history-table.ts';

/** A part of a table's keys, with every row of each of them. */
export interface KeySlice {
  /** First hexadecimal digits of the keys' hashes; empty for all keys. */
  readonly prefix: string;
}

/** Digits of a hash, each of which makes a slice sixteen times as small. */
const DIGIT = 16;

/**
 * The slice that has at most about `maxRows` rows of a table with so many.
 *
 * @param digits hexadecimal digits to choose a slice by; as many as are needed are taken
 */
export function chooseSlice(rows: number, maxRows: number, digits: string): KeySlice {
  const needed = rows <= maxRows ? 0 : Math.ceil(Math.log(rows / maxRows) / Math.log(DIGIT));
  return { prefix: digits.slice(0, needed) };
}

/**
 * The rows of a slice, to be put after `from`. Rows with a null in their key belong to every slice: there should be
 * none.
 *
 * | rows | slice | rows of it |
 * |---|---|---|
 * | keys 1 (hash `0a…`), 2 (hash `f3…`), null | `f` | both kinds of row: those of key 2, and those without a key |
 */
export function renderSlice(dialect: Dialect, table: HistoryTable, { prefix }: KeySlice): string {
  const names = historyNames(dialect, table);
  if (prefix === '') return names.table;
  const columns = keyColumns(table).map((column) => ({
    ...column,
    expr: dialect.quoteIdentifier(column.name),
  }));
  const hash = keyHashExpr(dialect, columns);
  return [
    '(',
    '  select *',
    `  from ${names.table}`,
    `  where ${dialect.matches(hash, `^${prefix}`)}`,
    `    or ${names.keys.map((key) => `${key} is null`).join(' or ')}`,
    ') as slice',
  ].join('\n');
}
