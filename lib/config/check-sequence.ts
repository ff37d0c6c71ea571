import { type CheckedTable, settingPath } from './check-columns.ts';
import type { Finding } from './problem.ts';

/** What a feed ordered by commit time alone cannot do, as problems, and what it does badly, as warnings. */
export function checkSequence(table: CheckedTable): { problems: Finding[]; warnings: Finding[] } {
  const { history, sequence } = table.config;
  if (sequence !== 'commit-time') return { problems: [], warnings: [] };
  const path = settingPath(table, 'sequence');
  if (history === 'every-change') {
    const message = '`commit-time` cannot order the changes that `history: every-change` has to keep';
    const hint = 'Use `sequence: change-seq` with a feed that has one, or `history: last-change`.';
    return { problems: [{ path, message, hint }], warnings: [] };
  }
  const message = '`commit-time` cannot tell apart the changes that one commit makes to a key';
  const hint = 'Add a change sequence to the feed and use `sequence: change-seq`.';
  return { problems: [], warnings: [{ path, message, hint }] };
}
