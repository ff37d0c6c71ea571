import type { ColumnType } from '../config/column-type.ts';
import type { HistoryColumns } from '../config/config.ts';
import { bookkeepingColumns, renderEvolution } from '../history/table-definition.ts';
import { type HistoryTable, historyNames, includesName } from '../history/history-table.ts';
import type { Dialect } from '../ports.ts';

const BIGINT: ColumnType = { kind: 'int', bits: 64 };
const TEXT: ColumnType = { kind: 'string' };

/** SQL of what each bookkeeping column must hold in a table that lacks some of them, or has nulls in them. */
type Filled = { readonly [P in keyof HistoryColumns]: string };

/**
 * What the rows of a table mean that remembers less than ours do. What is stored stays as it is; the rest is the least
 * that the dates allow:
 *
 * | column | value |
 * |---|---|
 * | `effective_seq` | empty, which sorts before every sequence |
 * | `end_seq` | empty where the row ended, else null |
 * | `seen_date`, `seen_seq` | the row's end, or its begin while it is open (`last-change`); its begin (`every-change`) |
 * | `batch_id` | 0: before the first batch |
 * | `current` | the row has no end |
 *
 * | row | becomes |
 * |---|---|
 * | a [1, 2) | a [1 '', 2 '') seen 2 '' |
 * | a [2, open) | a [2 '', open) seen 2 '' |
 * | a [3, 3) | a tombstone at 3 '' |
 *
 * A change that came later than a row's begin and altered nothing is not remembered; sent again, it alters nothing again.
 *
 * @param there names of the columns the table has
 */
function filledColumns(dialect: Dialect, table: HistoryTable, there: readonly string[]): Filled {
  const { h } = historyNames(dialect, table);
  const names = table.config.historyColumns;
  const or = (column: keyof HistoryColumns, value: string): string =>
    includesName(there, names[column]) ? `coalesce(${h[column]}, ${value})` : value;
  const none = `cast('' as ${dialect.columnType(TEXT)})`;
  const effectiveSeq = or('effectiveSeq', none);
  const endSeq = endSequence(dialect, table, there);
  const last = table.config.history === 'last-change';
  const seenDate = or('seenDate', last ? `coalesce(${h.endDate}, ${h.effectiveDate})` : h.effectiveDate);
  const ended = `when ${seenDate} = ${h.endDate} then ${endSeq}`;
  const began = `when ${seenDate} = ${h.effectiveDate} then ${effectiveSeq}`;
  const seenSeq = `case ${last ? ended : began} ${last ? began : ended} else ${none} end`;
  return {
    current: or('current', `(${h.endDate} is null)`),
    effectiveDate: h.effectiveDate,
    endDate: h.endDate,
    effectiveSeq,
    endSeq,
    seenDate,
    seenSeq: or('seenSeq', seenSeq),
    batchId: or('batchId', `cast(0 as ${dialect.columnType(BIGINT)})`),
  };
}

function endSequence(dialect: Dialect, table: HistoryTable, there: readonly string[]): string {
  const { h } = historyNames(dialect, table);
  const none = `cast('' as ${dialect.columnType(TEXT)})`;
  if (!includesName(there, table.config.historyColumns.endSeq))
    return `case when ${h.endDate} is not null then ${none} end`;
  // An open row with an end sequence is a fault to be told, not to be tidied away.
  return `case when ${h.endDate} is not null then coalesce(${h.endSeq}, ${none}) else ${h.endSeq} end`;
}

/** True where a row lacks a value that it must have; columns that are not there count for nothing. */
function lacksValue(dialect: Dialect, table: HistoryTable): string {
  const { h } = historyNames(dialect, table);
  const always = [h.current, h.effectiveSeq, h.seenDate, h.seenSeq, h.batchId];
  return [
    ...always.map((name) => `${name} is null`),
    `(${h.endDate} is not null and ${h.endSeq} is null)`,
  ].join(' or ');
}

/** One text value: how many rows lack a value. Every bookkeeping column has to be there. */
export function renderCountUnfilled(dialect: Dialect, table: HistoryTable): string {
  const { table: name } = historyNames(dialect, table);
  return `select ${dialect.toText('count(*)', BIGINT)}\nfrom ${name}\nwhere ${lacksValue(dialect, table)}`;
}

/** The rows as they would be once the table is taken over, to be put after `from`. */
export function renderTakenOver(dialect: Dialect, table: HistoryTable, there: readonly string[]): string {
  const names = historyNames(dialect, table);
  const filled = filledColumns(dialect, table, there);
  const own = Object.entries(filled).map(([column, value]) => {
    const name = names.h[column as keyof HistoryColumns];
    return value === name ? name : `${value} as ${name}`;
  });
  return `(\n  select ${[...names.source, ...own].join(',\n    ')}\n  from ${names.table}\n) as taken_over`;
}

/**
 * The statements that add the bookkeeping columns a table lacks and fill them. No row is lost or made, and no value that
 * is there changes. A second run fills nothing.
 */
export function renderTakeOver(
  dialect: Dialect,
  table: HistoryTable,
  there: readonly string[],
): readonly string[] {
  const { table: name, h } = historyNames(dialect, table);
  const lacking = bookkeepingColumns(table.config).filter((column) => !includesName(there, column.name));
  const {
    effectiveDate: _,
    endDate: __,
    ...filled
  } = filledColumns(dialect, table, [
    ...there,
    // Added by then, and null.
    ...lacking.map((column) => column.name),
  ]);
  const set = Object.entries(filled).map(
    ([column, value]) => `${h[column as keyof HistoryColumns]} = ${value}`,
  );
  return [
    ...renderEvolution(dialect, table.ref, lacking, []),
    `update ${name} set\n  ${set.join(',\n  ')}\nwhere ${lacksValue(dialect, table)}`,
  ];
}
