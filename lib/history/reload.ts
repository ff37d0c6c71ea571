import type { Dialect } from '../ports.ts';
import { type HistoryTable, historyNames } from './history-table.ts';
import { equalOn, list } from './sql-text.ts';

/**
 * Closes, at the instant of a complete reload, what the reload no longer showed: the current row of every key of which
 * no row was seen since. The mark is looked for on all rows of a key, because a change woven in late may have taken
 * `current` from the row that the reload confirmed.
 *
 * | row of a key | seen | after |
 * |---|---|---|
 * | [1, open) | before T | [1, T) |
 * | [1, open) | at T or later | as it was |
 * | [1, 2) at T, [2, open) before T | T | as they were |
 *
 * Invariant: a closed row began before T, so no row becomes negative. A second run closes nothing.
 *
 * @param instant `YYYY-MM-DDTHH:MM:SS.ffffffZ`
 */
export function renderReloadClose(
  dialect: Dialect,
  table: HistoryTable,
  instant: string,
  batchId: bigint,
): string {
  const names = historyNames(dialect, table);
  const { h } = names;
  const at = dialect.instantLiteral(instant);
  // The seen mark of the latest row decides in `last-change` what is stale; in `every-change` the end itself tells.
  const seen = table.config.history === 'last-change' ? [`${h.seenDate} = ${at}`, `${h.seenSeq} = ''`] : [];
  const set = [
    `${h.current} = false`,
    `${h.endDate} = ${at}`,
    `${h.endSeq} = ''`,
    ...seen,
    `${h.batchId} = ${batchId}`,
  ];
  return [
    `merge into ${names.table} as h`,
    'using (',
    `  select ${list(names.keys)}`,
    `  from ${names.table}`,
    `  group by ${list(names.keys)}`,
    `  having max(${h.seenDate}) < ${at}`,
    ') as s',
    `on ${equalOn(names.keys, 'h', 's')} and h.${h.current}`,
    `when matched then update set\n  ${set.join(',\n  ')}`,
  ].join('\n');
}
