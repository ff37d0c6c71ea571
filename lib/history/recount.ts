import type { ColumnType } from '../config/column-type.ts';
import type { Dialect, StatementResult, TextRow } from '../ports.ts';
import type { BatchCounts } from './batch-counts.ts';
import { type HistoryTable, historyNames } from './history-table.ts';
import { list } from './sql-text.ts';

const COUNT: ColumnType = { kind: 'int', bits: 64 };

/** What is known of a batch besides what its merge left in the history. */
export interface MergeFacts {
  /** The merge's own counts; null where it may have run before, so that they tell the last time only. */
  readonly merge: StatementResult | null;
  /** Different keys of the batch's changes. */
  readonly keys: number;
  /** Every change of the batch is later than all that was applied before. */
  readonly allNew: boolean;
}

/**
 * What a batch left in the history, as one row of texts: rows it wrote, tombstones and current rows among them, and
 * their different keys. For engines where decisions are not kept to be counted; files that no batch so new has touched
 * are passed over by their statistics.
 */
export function renderRecount(dialect: Dialect, table: HistoryTable, batchId: bigint): string {
  const names = historyNames(dialect, table);
  const { h } = names;
  const count = (expr: string): string => dialect.toText(`coalesce(${expr}, 0)`, COUNT);
  const countOf = (condition: string): string => `sum(case when ${condition} then 1 else 0 end)`;
  const tombstone = `${h.effectiveDate} = ${h.endDate} and ${h.effectiveSeq} = ${h.endSeq}`;
  const written = `${names.table}\n  where ${h.batchId} = ${batchId}`;
  if (table.config.sequence === 'commit-time') {
    const counted = ['rows', 'tombstones', 'current_rows'].map(names.own);
    return [
      `select ${counted.map((name) => count(`sum(${name})`)).join(', ')}, ${count('count(*)')}`,
      'from (',
      `  select count(*) as ${counted[0]}, ${countOf(tombstone)} as ${counted[1]},`,
      `    ${countOf(h.current)} as ${counted[2]}`,
      `  from ${written}`,
      `  group by ${list(names.keys)}`,
      ') as per_key',
    ].join('\n');
  }
  // Each key wrote one row, or two where a row took the place of another, which then keeps its mark of before.
  const replaced = `not ${h.current} and not (${h.seenDate} = ${h.endDate} and ${h.seenSeq} = ${h.endSeq})`;
  const counts = ['count(*)', countOf(tombstone), countOf(h.current), `count(*) - ${countOf(replaced)}`];
  return `select ${counts.map(count).join(',\n  ')}\nfrom ${written}`;
}

/** How many rows a history has. */
export function renderCountRows(dialect: Dialect, table: HistoryTable): string {
  return `select ${dialect.toText('count(*)', COUNT)}\nfrom ${historyNames(dialect, table).table}`;
}

/**
 * What a batch did, from `renderRecount`'s row and the merge's own counts.
 *
 * - `last-change`: all counts. Where the merge's counts are lost, what needs them is null.
 * - `every-change`: ends that a late change moved count as closed, `updated` is null; `unchanged` is known only where
 *   nothing can have been there before.
 */
export function recount(table: HistoryTable, row: TextRow, facts: MergeFacts): BatchCounts {
  const [written = 0, tombstones = 0, current = 0, keys = 0] = row.map(Number);
  const inserted = facts.merge?.inserted ?? null;
  const opened = inserted === null ? null : inserted - tombstones;
  if (table.config.history === 'every-change') {
    const closed = inserted === null ? null : written - inserted;
    const unchanged = facts.allNew ? 0 : null;
    return { opened, closed, updated: null, tombstones, unchanged, stale: 0 };
  }
  const closed = written - tombstones - current;
  const updated = opened === null ? null : current - opened;
  const changed = facts.merge?.updated ?? null;
  const unchanged = changed === null || updated === null ? null : changed - closed - updated;
  const stale = unchanged === null ? null : facts.keys - keys - unchanged;
  return { opened, closed, updated, tombstones, unchanged, stale };
}
