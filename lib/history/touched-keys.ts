import type { Dialect } from '../ports.ts';
import { type HistoryTable, historyNames } from './history-table.ts';
import { keyRangeCondition } from './key-ranges.ts';
import type { ChangeFacts } from './read-changes.ts';
import { equalOn } from './sql-text.ts';

/** Condition that a row `h` of the history has a key of the batch, by the step `changes`. */
export function touchedKeys(
  dialect: Dialect,
  table: HistoryTable,
  { keyRanges }: Pick<ChangeFacts, 'keyRanges'>,
): string {
  const { keys } = historyNames(dialect, table);
  const within = keyRangeCondition(dialect, table, keyRanges, 'h');
  const there = `exists (select 1 from changes as c where ${equalOn(keys, 'c', 'h')})`;
  return within === null ? there : `${within}\n    and ${there}`;
}
