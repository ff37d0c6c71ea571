import type { Dialect } from '../ports.ts';
import { type HistoryTable, historyNames } from './history-table.ts';

/** The rows a table had: now, or at an instant (`YYYY-MM-DDTHH:MM:SS.ffffffZ`). */
export type SnapshotAt = { readonly kind: 'current' } | { readonly kind: 'as-of'; readonly instant: string };

/**
 * Condition that a history row belongs to a snapshot. Intervals are half-open: at the very instant of a change the new
 * row is valid and the old one is not.
 */
export function snapshotCondition(dialect: Dialect, table: HistoryTable, at: SnapshotAt): string {
  const { h } = historyNames(dialect, table);
  if (at.kind === 'current') return h.current;
  const instant = dialect.instantLiteral(at.instant);
  return `${h.effectiveDate} <= ${instant} and (${h.endDate} > ${instant} or ${h.endDate} is null)`;
}

/** A snapshot with the source's columns. One row per key. */
export function renderSnapshot(
  dialect: Dialect,
  table: HistoryTable,
  at: SnapshotAt,
  relation?: string,
): string {
  const names = historyNames(dialect, table);
  return [
    `select ${names.source.join(', ')}`,
    `from ${relation ?? names.table}`,
    `where ${snapshotCondition(dialect, table, at)}`,
  ].join('\n');
}
