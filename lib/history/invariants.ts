import type { Dialect } from '../ports.ts';
import { type HistoryTable, historyNames } from './history-table.ts';
import { list } from './sql-text.ts';

/** A promise of docs/semantics.md as a query that counts what breaks it. */
export interface Invariant {
  readonly code: string;
  /** What must be true, in words. */
  readonly rule: string;
  /** One text value: how many keys or rows break the rule; `0` is health. */
  readonly sql: string;
}

/**
 * Every invariant of a history table.
 *
 * @param relation what to put after `from` instead of the table itself
 */
export function renderInvariants(
  dialect: Dialect,
  table: HistoryTable,
  relation?: string,
): readonly Invariant[] {
  const names = historyNames(dialect, table);
  const from = relation ?? names.table;
  const { h } = names;
  const count = dialect.toText('count(*)', { kind: 'int', bits: 64 });
  const order = `partition by ${list(names.keys)} order by ${h.effectiveDate}, ${h.effectiveSeq}`;
  const next = { date: names.own('next_date'), seq: names.own('next_seq') };
  const rows = (condition: string): string => `select ${count}\nfrom ${from}\nwhere ${condition}`;
  const neighbours = (condition: string): string =>
    [
      `select ${count}`,
      'from (',
      `  select *, lead(${h.effectiveDate}) over (${order}) as ${next.date},`,
      `    lead(${h.effectiveSeq}) over (${order}) as ${next.seq}`,
      `  from ${from}`,
      ') neighbours',
      `where ${condition}`,
    ].join('\n');
  const groups = (by: readonly string[], where: string): string =>
    `select ${count}\nfrom (\n  select ${list(by)}\n  from ${from}\n  where ${where}\n  group by ${list(by)}\n  having count(*) > 1\n) repeated`;
  return [
    { code: 'ONE_CURRENT', rule: 'a key has at most one current row', sql: groups(names.keys, h.current) },
    {
      code: 'CURRENT_IS_OPEN',
      rule: 'a row is current exactly when it has no end date',
      sql: rows(`${h.current} is null or ${h.current} <> (${h.endDate} is null)`),
    },
    {
      code: 'END_IS_WHOLE',
      rule: 'a row has an end date and an end sequence, or neither',
      sql: rows(`(${h.endDate} is null) <> (${h.endSeq} is null)`),
    },
    {
      code: 'NOT_NEGATIVE',
      rule: 'no row ends before it starts',
      sql: rows(
        `${h.endDate} < ${h.effectiveDate} or (${h.endDate} = ${h.effectiveDate} and ${h.endSeq} < ${h.effectiveSeq})`,
      ),
    },
    {
      code: 'NO_OVERLAP',
      rule: 'rows of a key never overlap',
      sql: neighbours(
        `${next.date} is not null and (${h.endDate} is null or ${h.endDate} > ${next.date} or (${h.endDate} = ${next.date} and ${h.endSeq} > ${next.seq}))`,
      ),
    },
    {
      code: 'UNIQUE_START',
      rule: 'no two rows of a key start at the same time and sequence',
      sql: groups([...names.keys, h.effectiveDate, h.effectiveSeq], 'true'),
    },
    {
      code: 'KEYS_PRESENT',
      rule: 'keys and effective dates are never null',
      sql: rows(
        [...names.keys, h.effectiveDate, h.effectiveSeq].map((name) => `${name} is null`).join(' or '),
      ),
    },
    {
      code: 'SEEN_NOT_BEFORE',
      rule: 'a row was not last seen before it began',
      sql: rows(`${h.seenDate} is null or ${h.seenDate} < ${h.effectiveDate}`),
    },
  ];
}

/**
 * One text value: how many rows no batch up to `batchId` can have written. Batch 0 stands for the rows of a table that was
 * taken over, which were there before the first batch.
 */
export function renderLaterBatches(dialect: Dialect, table: HistoryTable, batchId: bigint): string {
  const { table: name, h } = historyNames(dialect, table);
  const count = dialect.toText('count(*)', { kind: 'int', bits: 64 });
  return `select ${count}\nfrom ${name}\nwhere ${h.batchId} is null or ${h.batchId} > ${batchId} or ${h.batchId} < 0`;
}
