import type { WidenedColumn } from '../changes/plan-schema.ts';
import type { Column, ColumnType } from '../config/column-type.ts';
import type { TableConfig } from '../config/config.ts';
import type { Dialect, NewColumn, NewTable, TableRef } from '../ports.ts';
import { type HistoryTable, keyColumns } from './history-table.ts';

/** Name of the view that shows what people query as SCD2. */
export function versionsRef(ref: TableRef): TableRef {
  return { ...ref, name: `${ref.name}_versions` };
}

const INSTANT: ColumnType = { kind: 'timestamptz' };
const TEXT: ColumnType = { kind: 'string' };

/** The columns the history adds to the source's, with their types, in table order. */
export function bookkeepingColumns(config: TableConfig): readonly NewColumn[] {
  const h = config.historyColumns;
  return [
    { name: h.current, type: { kind: 'boolean' }, comment: 'True while this version has no end' },
    { name: h.effectiveDate, type: INSTANT, comment: 'When this version began, inclusive' },
    {
      name: h.endDate,
      type: INSTANT,
      comment: 'When this version ended, exclusive; null while it is current',
    },
    { name: h.effectiveSeq, type: TEXT, comment: 'Order of its begin among changes of one commit' },
    { name: h.endSeq, type: TEXT, comment: 'Order of its end among changes of one commit' },
    {
      name: h.seenDate,
      type: INSTANT,
      comment: 'Newest change known of this version, if it said anything or not',
    },
    { name: h.seenSeq, type: TEXT, comment: 'Order of that change among changes of one commit' },
    {
      name: h.batchId,
      type: { kind: 'int', bits: 64 },
      comment: 'Last batch that changed what this row shows',
    },
  ];
}

/** The history table as it is made: rows are looked up by key. */
export function newHistoryTable(table: HistoryTable): NewTable {
  return {
    ref: table.ref,
    columns: [...table.columns, ...bookkeepingColumns(table.config)],
    clusterBy: keyColumns(table).map(({ name }) => name),
    comment: `History of ${table.config.source} (SCD type 2), kept by Tidemark`,
  };
}

/** Creates the history table; one that exists stays as it is. */
export function renderCreateHistory(dialect: Dialect, table: HistoryTable): string {
  return dialect.createTable(newHistoryTable(table));
}

/** One statement per added or widened column. Added columns are null on every row that is there. */
export function renderEvolution(
  dialect: Dialect,
  ref: TableRef,
  added: readonly Column[],
  widened: readonly WidenedColumn[],
): readonly string[] {
  const table = dialect.tableName(ref);
  return [
    ...dialect.addColumns(ref, added),
    ...widened.map(
      (c) =>
        `alter table ${table} alter column ${dialect.quoteIdentifier(c.name)} type ${dialect.columnType(c.to)}`,
    ),
  ];
}
