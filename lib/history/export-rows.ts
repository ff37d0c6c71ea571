import { type Column, type ColumnType, sameColumnType } from '../config/column-type.ts';
import type { Dialect } from '../ports.ts';
import { type HistoryTable, historyNames, keyColumns } from './history-table.ts';
import { type KeyPart, partConditions, WHOLE } from './key-part.ts';
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

/** Which rows of a history are read. */
export interface RowSource {
  /** What to put after `from`. */
  readonly relation: string;
  /** @default all keys */
  readonly part?: KeyPart;
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
  { relation, part = WHOLE }: RowSource,
  line: string,
): string {
  const wanted = [snapshotCondition(dialect, table, at), ...partConditions(dialect, table, part, 'h')];
  return `select ${line}\nfrom ${relation} as h\nwhere ${wanted.join('\n  and ')}`;
}

/** One text per current row of a key that a batch after `after` changed in a way that an export can see. */
export function renderChangedLines(
  dialect: Dialect,
  table: HistoryTable,
  after: bigint,
  { relation, part = WHOLE }: RowSource,
  line: string,
): string {
  const names = historyNames(dialect, table);
  const wanted = [
    `h.${names.h.current}`,
    touched(names.keys, names.h.batchId, after, relation, 'h'),
    ...partConditions(dialect, table, part, 'h'),
  ];
  return `select ${line}\nfrom ${relation} as h\nwhere ${wanted.join('\n  and ')}`;
}

/** One text per key that a batch after `after` changed and that has no current row any more. */
export function renderGoneLines(
  dialect: Dialect,
  table: HistoryTable,
  after: bigint,
  { relation, part = WHOLE }: RowSource,
  line: string,
): string {
  const names = historyNames(dialect, table);
  const t = names.own('touched');
  const wanted = [`n.${names.h.batchId} > ${after}`, ...partConditions(dialect, table, part, 'n')];
  return [
    `select ${line}`,
    'from (',
    `  select distinct ${list(names.keys)}`,
    `  from ${relation} as n`,
    `  where ${wanted.join(' and ')}`,
    `) as ${t}`,
    `where not exists (select 1 from ${relation} as h where h.${names.h.current} and ${equalOn(names.keys, 'h', t)})`,
  ].join('\n');
}

/** How many rows the length of an export's lines is told from. */
const SAMPLED_ROWS = 1000;

/**
 * About how much an export reads, as one row of texts: the number of rows, and the mean length of their lines, which is
 * null where there are none. Rows of the snapshot, or with `after` those that batches after it touched, which may be
 * more than one for each key.
 */
export function renderAmount(
  dialect: Dialect,
  table: HistoryTable,
  at: SnapshotAt,
  after: bigint | null,
  relation: string,
  line: string,
): string {
  const { batchId } = historyNames(dialect, table).h;
  const wanted = after === null ? snapshotCondition(dialect, table, at) : `h.${batchId} > ${after}`;
  const whole = { kind: 'int', bits: 64 } as const;
  const mean = `cast(avg(length(s.line)) as ${dialect.columnType(whole)})`;
  return [
    `select ${dialect.toText('count(*)', whole)}, (`,
    `  select ${dialect.toText(mean, whole)}`,
    `  from (select ${line} as line from ${relation} as h where ${wanted} limit ${SAMPLED_ROWS}) as s`,
    ')',
    `from ${relation} as h`,
    `where ${wanted}`,
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
