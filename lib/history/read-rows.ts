import type { Column } from '../config/column-type.ts';
import type { Dialect, TableRef } from '../ports.ts';
import { type HistoryTable, historyNames } from './history-table.ts';
import { type KeyValue, keyCondition } from './key-condition.ts';
import { renderSnapshot, type SnapshotAt } from './snapshot.ts';
import { indent, list } from './sql-text.ts';
import { bookkeepingColumns } from './table-definition.ts';
import { renderVersions } from './versions-view.ts';

/** Which rows of a history to read. */
export type RowsWanted =
  | { readonly kind: 'history' | 'versions'; readonly key: readonly KeyValue[] }
  | { readonly kind: 'snapshot'; readonly at: SnapshotAt };

/**
 * The columns of what is read, in order: of the history all, bookkeeping included; of versions the source's with
 * current, effective and end date; of a snapshot the source's alone.
 */
export function wantedColumns(table: HistoryTable, kind: RowsWanted['kind']): readonly Column[] {
  const own = bookkeepingColumns(table.config);
  if (kind === 'history') return [...table.columns, ...own];
  return kind === 'versions' ? [...table.columns, ...own.slice(0, 3)] : table.columns;
}

/**
 * A select of the wanted rows with every value as canonical text, ordered by key and, within a key, by time and
 * sequence.
 */
export function renderRows(dialect: Dialect, table: HistoryTable, wanted: RowsWanted): string {
  const names = historyNames(dialect, table);
  const columns = wantedColumns(table, wanted.kind);
  // Qualified, since an expression may otherwise be taken for the column it is made of.
  const texts = columns.map((c) => dialect.toText(`r.${dialect.quoteIdentifier(c.name)}`, c.type));
  const time = [names.h.effectiveDate, names.h.effectiveSeq];
  const order = {
    history: [...names.keys, ...time],
    versions: [...names.keys, names.h.effectiveDate],
    snapshot: names.keys,
  };
  return [
    `select ${texts.join(',\n  ')}`,
    `from (\n  ${indent(renderWanted(dialect, table, wanted), 2)}\n) as r`,
    `order by ${list(order[wanted.kind], 'r.')}`,
  ].join('\n');
}

function renderWanted(dialect: Dialect, table: HistoryTable, wanted: RowsWanted): string {
  if (wanted.kind === 'snapshot') return renderSnapshot(dialect, table, wanted.at);
  const relation = dialect.tableName(table.ref);
  const ofKey = `select * from ${relation} where ${keyCondition(dialect, wanted.key)}`;
  if (wanted.kind === 'history') return ofKey;
  // A key is cut out before its neighbours are compared: versions of one key never depend on another.
  return renderVersions(dialect, table, wanted.key.length === 0 ? relation : `(${ofKey}) as one_key`);
}

/**
 * How many rows and how many current ones a history has: one row of two texts.
 *
 * @param current name of the column that marks current rows
 */
export function renderRowCounts(dialect: Dialect, ref: TableRef, current: string): string {
  const count = (expr: string): string => dialect.toText(expr, { kind: 'int', bits: 64 });
  const isCurrent = dialect.quoteIdentifier(current);
  return `select ${count('count(*)')}, ${count(`count(case when ${isCurrent} then 1 end)`)}\nfrom ${dialect.tableName(ref)}`;
}

/** One row where the history has rows from before it was taken over, which no batch wrote; else none. */
export function renderRowsTakenOver(dialect: Dialect, ref: TableRef, batchId: string): string {
  return `select 'row'\nfrom ${dialect.tableName(ref)}\nwhere ${dialect.quoteIdentifier(batchId)} = 0\nlimit 1`;
}
