import { type HistoryNames, type HistoryTable, historyNames } from './history-table.ts';
import type { Dialect } from '../ports.ts';
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

/** Quoted names of the columns every merge source has besides the source columns. */
export interface WriteNames {
  readonly write: string;
  /** Effective date and sequence of the row to match; null for an insert. */
  readonly matchDate: string;
  readonly matchSeq: string;
  readonly effectiveDate: string;
  readonly effectiveSeq: string;
  readonly endDate: string;
  readonly endSeq: string;
  readonly seenDate: string;
  readonly seenSeq: string;
}

export function writeNames(names: HistoryNames): WriteNames {
  return {
    write: names.own('write'),
    matchDate: names.own('match_date'),
    matchSeq: names.own('match_seq'),
    effectiveDate: names.own('effective_date'),
    effectiveSeq: names.own('effective_seq'),
    endDate: names.own('end_date'),
    endSeq: names.own('end_seq'),
    seenDate: names.own('seen_date'),
    seenSeq: names.own('seen_seq'),
  };
}

/** Every column of a new row with the source's value for it, in table order; `batchId` is SQL. */
function insertedColumns(names: HistoryNames, batchId: string): (readonly [column: string, value: string])[] {
  const { h } = names;
  const w = writeNames(names);
  return [
    ...names.source.map((name) => [name, `s.${name}`] as const),
    [h.current, `s.${w.endDate} is null`],
    [h.effectiveDate, `s.${w.effectiveDate}`],
    [h.endDate, `s.${w.endDate}`],
    [h.effectiveSeq, `s.${w.effectiveSeq}`],
    [h.endSeq, `s.${w.endSeq}`],
    [h.seenDate, `s.${w.seenDate}`],
    [h.seenSeq, `s.${w.seenSeq}`],
    [h.batchId, batchId],
  ];
}

/**
 * One atomic `merge` that applies a batch: source rows name at most one history row each, by key, effective date and
 * effective sequence, and no two source rows name the same one.
 *
 * @param source a select with the source columns and `writeNames`
 * @param writes what the source may contain, so that no clause is rendered that cannot fire
 */
export function renderMerge(
  dialect: Dialect,
  table: HistoryTable,
  source: string,
  batchId: bigint,
  writes: readonly Write[],
): string {
  const names = historyNames(dialect, table);
  const { h } = names;
  const w = writeNames(names);
  const when = (write: Write, lines: string): string[] => (writes.includes(write) ? [lines] : []);
  const end = [
    `${h.current} = s.${w.endDate} is null`,
    `${h.endDate} = s.${w.endDate}`,
    `${h.endSeq} = s.${w.endSeq}`,
    // Null where the row's successor carries the mark.
    `${h.seenDate} = coalesce(s.${w.seenDate}, h.${h.seenDate})`,
    `${h.seenSeq} = coalesce(s.${w.seenSeq}, h.${h.seenSeq})`,
    // A late change of the same commit moves only the end's sequence, which no export can see.
    `${h.batchId} = case when ${dialect.isDistinct(`h.${h.endDate}`, `s.${w.endDate}`)} or s.${w.write} = 'rewrite' then ${batchId} else h.${h.batchId} end`,
  ];
  const values = names.values.map((name) => `${name} = s.${name}`);
  const insert = insertedColumns(names, String(batchId));
  return [
    `merge into ${names.table} as h`,
    `using (\n  ${indent(source, 2)}\n) as s`,
    `on ${equalOn(names.keys, 'h', 's')}`,
    `  and h.${h.effectiveDate} = s.${w.matchDate}`,
    `  and h.${h.effectiveSeq} = s.${w.matchSeq}`,
    ...when('delete', `when matched and s.${w.write} = 'delete' then delete`),
    ...when('close', `when matched and s.${w.write} = 'close' then update set\n  ${end.join(',\n  ')}`),
    ...when(
      'rewrite',
      `when matched and s.${w.write} = 'rewrite' then update set\n  ${[...values, ...end].join(',\n  ')}`,
    ),
    ...when(
      'touch',
      `when matched and s.${w.write} = 'touch' then update set\n  ${h.seenDate} = s.${w.seenDate},\n  ${h.seenSeq} = s.${w.seenSeq}`,
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
 * @param source a select with the source columns and `writeNames`
 */
export function renderFirstInsert(
  dialect: Dialect,
  table: HistoryTable,
  source: string,
  batchId: bigint,
): string {
  const names = historyNames(dialect, table);
  const pairs = insertedColumns(names, `cast(${batchId} as bigint)`);
  return [
    `insert into ${names.table} (${list(pairs.map(([name]) => name))})`,
    `select ${list(pairs.map(([, value]) => value))}`,
    `from (\n  ${indent(source, 2)}\n) as s`,
    `where not exists (select 1 from ${names.table})`,
  ].join('\n');
}
