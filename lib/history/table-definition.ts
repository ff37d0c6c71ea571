import type { WidenedColumn } from '../changes/plan-schema.ts';
import type { Column } from '../config/column-type.ts';
import type { TableConfig } from '../config/config.ts';
import type { Dialect, TableRef } from '../ports.ts';
import type { HistoryTable } from './history-table.ts';

/** Name of the view that shows what people query as SCD2. */
export function versionsRef(ref: TableRef): TableRef {
  return { ...ref, name: `${ref.name}_versions` };
}

/** The columns the history adds to the source's, with their types, in table order. */
export function bookkeepingColumns(config: TableConfig): readonly Column[] {
  const h = config.historyColumns;
  return [
    { name: h.current, type: { kind: 'boolean' } },
    { name: h.effectiveDate, type: { kind: 'timestamptz' } },
    { name: h.endDate, type: { kind: 'timestamptz' } },
    { name: h.effectiveSeq, type: { kind: 'string' } },
    { name: h.endSeq, type: { kind: 'string' } },
    { name: h.seenDate, type: { kind: 'timestamptz' } },
    { name: h.seenSeq, type: { kind: 'string' } },
    { name: h.batchId, type: { kind: 'int', bits: 64 } },
  ];
}

/** Creates the history table; one that exists stays as it is. */
export function renderCreateHistory(dialect: Dialect, table: HistoryTable): string {
  const columns = [...table.columns, ...bookkeepingColumns(table.config)].map(
    (column) => `${dialect.quoteIdentifier(column.name)} ${dialect.columnType(column.type)}`,
  );
  return `create table if not exists ${dialect.tableName(table.ref)} (\n  ${columns.join(',\n  ')}\n)`;
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
    ...added.map(
      (c) =>
        `alter table ${table} add column ${dialect.quoteIdentifier(c.name)} ${dialect.columnType(c.type)}`,
    ),
    ...widened.map(
      (c) =>
        `alter table ${table} alter column ${dialect.quoteIdentifier(c.name)} type ${dialect.columnType(c.to)}`,
    ),
  ];
}
