import { type HistoryNames, type HistoryTable, historyNames } from './history-table.ts';
import type { Dialect } from '../ports.ts';
import { type KeyRange, keyRangeCondition } from './key-ranges.ts';
import { equalOn, indent, list } from './sql-text.ts';

/**
 * What a row of a merge source does to the history:
 * - `insert`: a new row with everything the source row says;
 * - `close`: sets where the matched row ends;
 * - `rewrite`: replaces the matched row's values, end and seen marks;
 * - `touch`: moves the matched row's seen marks only, which no export can see;
 * - `delete`: removes the matched row.
 */
export type Write = 'insert' | 'close' | 'rewrite' | 'touch' | 'delete';

/** Quoted names of the columns every merge source has besides the source columns and those that `writes` mentions. */
export interface WriteNames {
  readonly write: string;
  /** Effective date and sequence of the row to match; null for an insert. */
  readonly matchDate: string;
  readonly matchSeq: string;
}

export function writeNames(names: HistoryNames): WriteNames {
  return {
    write: names.own('write'),
    matchDate: names.own('match_date'),
    matchSeq: names.own('match_seq'),
  };
}

/** SQL over a source row `s` for each bookkeeping column that the row writes. */
export interface WrittenValues {
  readonly effectiveDate: string;
  readonly effectiveSeq: string;
  /** Never null: the row has no end. */
  readonly current: string;
  readonly endDate: string;
  readonly endSeq: string;
  /** Null where the row's successor carries the mark. */
  readonly seenDate: string;
  readonly seenSeq: string;
}

/** What a merge writes: a select, and what its columns mean. */
export interface MergeSource {
  readonly select: string;
  readonly writes: WrittenValues;
}

/** Every column of a new row with the source's value for it, in table order; `batchId` is SQL. */
function insertedColumns(
  names: HistoryNames,
  writes: WrittenValues,
  batchId: string,
): (readonly [column: string, value: string])[] {
  const { h } = names;
  return [
    ...names.source.map((name) => [name, `s.${name}`] as const),
    [h.current, writes.current],
    [h.effectiveDate, writes.effectiveDate],
    [h.endDate, writes.endDate],
    [h.effectiveSeq, writes.effectiveSeq],
    [h.endSeq, writes.endSeq],
    [h.seenDate, writes.seenDate],
    [h.seenSeq, writes.seenSeq],
    [h.batchId, batchId],
  ];
}

/**
 * One atomic `merge` that applies a batch: source rows name at most one history row each, by key, effective date and
 * effective sequence, and no two source rows name the same one.
 *
 * @param source with the source columns and `writeNames`
 * @param possible what the source may contain, so that no clause is rendered that cannot fire
 * @param keyRanges where all keys of the source lie; none: anywhere
 */
export function renderMerge(
  dialect: Dialect,
  table: HistoryTable,
  { select, writes }: MergeSource,
  batchId: bigint,
  possible: readonly Write[],
  keyRanges: readonly KeyRange[] = [],
): string {
  const names = historyNames(dialect, table);
  const { h } = names;
  const w = writeNames(names);
  const within = keyRangeCondition(dialect, table, keyRanges, 'h');
  const when = (write: Write, lines: string): string[] => (possible.includes(write) ? [lines] : []);
  const end = [
    `${h.current} = ${writes.current}`,
    `${h.endDate} = ${writes.endDate}`,
    `${h.endSeq} = ${writes.endSeq}`,
    `${h.seenDate} = coalesce(${writes.seenDate}, h.${h.seenDate})`,
    `${h.seenSeq} = coalesce(${writes.seenSeq}, h.${h.seenSeq})`,
    // A late change of the same commit moves only the end's sequence, which no export can see.
    `${h.batchId} = case when ${dialect.isDistinct(`h.${h.endDate}`, writes.endDate)} or s.${w.write} = 'rewrite' then ${batchId} else h.${h.batchId} end`,
  ];
  const values = names.values.map((name) => `${name} = s.${name}`);
  const insert = insertedColumns(names, writes, String(batchId));
  return [
    `merge into ${names.table} as h`,
    `using (\n  ${indent(select, 2)}\n) as s`,
    `on ${equalOn(names.keys, 'h', 's')}`,
    `  and h.${h.effectiveDate} = s.${w.matchDate}`,
    `  and h.${h.effectiveSeq} = s.${w.matchSeq}`,
    ...(within === null ? [] : [`  and ${within}`]),
    ...when('delete', `when matched and s.${w.write} = 'delete' then delete`),
    ...when('close', `when matched and s.${w.write} = 'close' then update set\n  ${end.join(',\n  ')}`),
    ...when(
      'rewrite',
      `when matched and s.${w.write} = 'rewrite' then update set\n  ${[...values, ...end].join(',\n  ')}`,
    ),
    ...when(
      'touch',
      `when matched and s.${w.write} = 'touch' then update set\n  ${h.seenDate} = ${writes.seenDate},\n  ${h.seenSeq} = ${writes.seenSeq}`,
    ),
    ...when(
      'insert',
      `when not matched and s.${w.write} = 'insert' then insert (${list(insert.map(([name]) => name))})\nvalues (${list(insert.map(([, value]) => value))})`,
    ),
  ].join('\n');
}

/**
 * A plain insert into an empty history; does nothing when the history has any row, so it may be repeated safely.
 *
 * @param source with the source columns
 */
export function renderFirstInsert(
  dialect: Dialect,
  table: HistoryTable,
  { select, writes }: MergeSource,
  batchId: bigint,
): string {
  const names = historyNames(dialect, table);
  const pairs = insertedColumns(names, writes, `cast(${batchId} as bigint)`);
  return [
    `insert into ${names.table} (${list(pairs.map(([name]) => name))})`,
    `select ${list(pairs.map(([, value]) => value))}`,
    `from (\n  ${indent(select, 2)}\n) as s`,
    `where not exists (select 1 from ${names.table})`,
  ].join('\n');
}
