import { type Column, type ColumnType, sameColumnType } from '../config/column-type.ts';
import type { Dialect } from '../ports.ts';
import { type HistoryTable, historyNames, keyColumns } from './history-table.ts';
import { type SnapshotAt, snapshotCondition } from './snapshot.ts';
import { equalOn, list } from './sql-text.ts';

/**
 * The columns of an export: source columns, typed by the contract where the history stores them as it says (a `uuid`
 * is text in an engine). A contract that was changed since the last batch is not what is stored yet.
 */
export function exportColumns(table: HistoryTable): readonly Column[] {
  const contract = new Map(
    Object.entries(table.config.columns).map(([name, type]) => [name.toLowerCase(), type]),
  );
  return table.columns.map(({ name, type }) => {
    const agreed = contract.get(name.toLowerCase());
    return { name, type: agreed && isStoredAs(agreed, type) ? agreed : type };
  });
}

function isStoredAs(agreed: ColumnType, stored: ColumnType): boolean {
  const keptAsText = agreed.kind === 'uuid' || agreed.kind === 'json' || agreed.kind === 'time';
  return sameColumnType(agreed, stored) || (keptAsText && stored.kind === 'string');
}

/** Key columns as an export sends them, in key order. */
export function exportKeys(table: HistoryTable): readonly Column[] {
  const columns = exportColumns(table);
  return keyColumns(table).map((key) => columns.find((c) => c.name === key.name)!);
}

/**
 * One text per row of a snapshot.
 *
 * @param line SQL that makes the text from the source columns
 */
export function renderSnapshotLines(
  dialect: Dialect,
  table: HistoryTable,
  at: SnapshotAt,
  relation: string,
  line: string,
): string {
  return `select ${line}\nfrom ${relation}\nwhere ${snapshotCondition(dialect, table, at)}`;
}

/** One text per current row of a key that a batch after `after` changed in a way that an export can see. */
export function renderChangedLines(
  dialect: Dialect,
  table: HistoryTable,
  after: bigint,
  relation: string,
  line: string,
): string {
  const names = historyNames(dialect, table);
  return [
    `select ${line}`,
    `from ${relation} as h`,
    `where h.${names.h.current} and ${touched(names.keys, names.h.batchId, after, relation, 'h')}`,
  ].join('\n');
}

/** One text per key that a batch after `after` changed and that has no current row any more. */
export function renderGoneLines(
  dialect: Dialect,
  table: HistoryTable,
  after: bigint,
  relation: string,
  line: string,
): string {
  const names = historyNames(dialect, table);
  const t = names.own('touched');
  return [
    `select ${line}`,
    'from (',
    `  select distinct ${list(names.keys)}`,
    `  from ${relation}`,
    `  where ${names.h.batchId} > ${after}`,
    `) as ${t}`,
    `where not exists (select 1 from ${relation} as h where h.${names.h.current} and ${equalOn(names.keys, 'h', t)})`,
  ].join('\n');
}

function touched(
  keys: readonly string[],
  batchId: string,
  after: bigint,
  relation: string,
  outer: string,
): string {
  return `exists (select 1 from ${relation} as touched where touched.${batchId} > ${after} and ${equalOn(keys, 'touched', outer)})`;
}
