import { type Column, type ColumnType, formatColumnType } from '../config/column-type.ts';
import type { Dialect } from '../ports.ts';
import { type HistoryTable, historyNames } from './history-table.ts';
import { type KeyValue, keyCondition } from './key-condition.ts';

/** A key that was erased, known by its hash only. */
export interface Erasure {
  /** Names of the columns whose values were hashed, folded and sorted. */
  readonly keyColumns: readonly string[];
  readonly keyHash: string;
  /** ISO instant. */
  readonly erasedAt: string;
}

/** Removes every row of one key, in one statement. */
export function renderErase(dialect: Dialect, table: HistoryTable, key: readonly KeyValue[]): string {
  return `delete from ${dialect.tableName(table.ref)}\nwhere ${keyCondition(dialect, key)}`;
}

/**
 * SQL for the hash of a key: SHA-256 over the names of its columns and the SHA-256 of the canonical text of each value.
 * The order in which a config lists the columns makes no difference, nor does a wider type.
 *
 * @param columns with the SQL of the value of each
 */
export function keyHashExpr(
  dialect: Dialect,
  columns: readonly (Column & { readonly expr: string })[],
): string {
  const parts = columns
    .map((column) => ({ ...column, folded: column.name.toLowerCase() }))
    .sort((a, b) => (a.folded < b.folded ? -1 : 1))
    .map(({ folded, expr, type }) => {
      const name = dialect.stringLiteral(`${JSON.stringify(folded)}:`);
      return `${name} || ${dialect.sha256(scaleFreeText(dialect, expr, type))}`;
    });
  return dialect.sha256(parts.join(' || '));
}

function scaleFreeText(dialect: Dialect, expr: string, type: ColumnType): string {
  const text = dialect.toText(expr, type);
  if (type.kind !== 'decimal' || type.scale === 0) return text;
  return `trim(trailing '.' from trim(trailing '0' from ${text}))`;
}

/** The columns an erasure hashed, as this history has them; null when it lacks one. */
function hashedColumns(table: HistoryTable, erasure: Erasure): readonly Column[] | null {
  const found = erasure.keyColumns.map((name) =>
    table.columns.find((column) => column.name.toLowerCase() === name),
  );
  return found.every((column) => column !== undefined) ? found : null;
}

/** True when the history has every column whose values the erasure hashed, so that its rows can be told. */
export function canRepeatErasure(table: HistoryTable, erasure: Erasure): boolean {
  return hashedColumns(table, erasure) !== null;
}

/**
 * Removes again what was erased before, for a history that is built anew. With `onlyBefore`, only rows that began no
 * later than the erasure.
 *
 * @param erasures never empty, each passed `canRepeatErasure`
 */
export function renderRepeatErasures(
  dialect: Dialect,
  table: HistoryTable,
  erasures: readonly Erasure[],
  { onlyBefore }: { readonly onlyBefore: boolean },
): string {
  const { effectiveDate } = historyNames(dialect, table).h;
  const rows = erasures.map((erasure) => {
    const columns = hashedColumns(table, erasure);
    if (!columns) throw new Error(`no column ${erasure.keyColumns.join(', ')} (${formatColumns(table)})`);
    const hash = keyHashExpr(
      dialect,
      columns.map((column) => ({ ...column, expr: dialect.quoteIdentifier(column.name) })),
    );
    const same = `${hash} = ${dialect.stringLiteral(erasure.keyHash)}`;
    return onlyBefore
      ? `(${same} and ${effectiveDate} <= ${dialect.instantLiteral(erasure.erasedAt)})`
      : same;
  });
  return `delete from ${dialect.tableName(table.ref)}\nwhere ${rows.join('\n  or ')}`;
}

const formatColumns = (table: HistoryTable): string =>
  table.columns.map((column) => `${column.name} ${formatColumnType(column.type)}`).join(', ');
