import { keyOf } from './oracle-changes.ts';
import type { HistoryRow } from './oracle-types.ts';
import { canonicalInstant, canonicalSeq, compareText } from './oracle-values.ts';

/** The part of a history row that the invariants speak of. */
export type IntervalRow = Pick<
  HistoryRow,
  'values' | 'current' | 'effective_date' | 'end_date' | 'effective_seq' | 'end_seq'
>;

/**
 * Throws, listing every breach, unless per key: at most one row is current; exactly the rows without an end are;
 * intervals are half-open, never negative and never overlap, ties within one instant ordered by sequence; no two
 * rows begin at the same position. Rows may come in any order.
 */
export function assertInvariants(rows: readonly IntervalRow[], keys: readonly string[]): void {
  const breaches: string[] = [];
  const byKey = new Map<string, IntervalRow[]>();
  for (const row of rows) {
    const key = keyOf(row.values, keys);
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
    breaches.push(...rowBreaches(row).map((breach) => `key ${key}: ${breach}`));
  }
  for (const [key, ofKey] of byKey) {
    breaches.push(...keyBreaches(ofKey).map((breach) => `key ${key}: ${breach}`));
  }
  if (breaches.length > 0) throw new Error(`history breaks its invariants:\n  ${breaches.join('\n  ')}`);
}

function rowBreaches(row: IntervalRow): string[] {
  const breaches: string[] = [];
  if (row.current !== (row.end_date === null))
    breaches.push(`current is ${row.current}, but ${interval(row)}`);
  if ((row.end_date === null) !== (row.end_seq === null)) breaches.push(`only half an end: ${interval(row)}`);
  const to = end(row);
  if (to !== null && compareText(start(row), to) > 0) breaches.push(`negative: ${interval(row)}`);
  return breaches;
}

function keyBreaches(rows: readonly IntervalRow[]): string[] {
  const breaches: string[] = [];
  const currents = rows.filter((row) => row.current).length;
  if (currents > 1) breaches.push(`${currents} current rows`);
  const sorted = [...rows].sort((a, b) => compareText(start(a), start(b)));
  sorted.slice(1).forEach((row, at) => {
    const before = sorted[at]!;
    const to = end(before);
    if (compareText(start(before), start(row)) === 0)
      breaches.push(`two rows begin at once: ${interval(row)}`);
    else if (to === null || compareText(to, start(row)) > 0) {
      breaches.push(`overlap: ${interval(before)} and ${interval(row)}`);
    }
  });
  return breaches;
}

function start(row: IntervalRow): string {
  return position(row.effective_date, row.effective_seq);
}

function end(row: IntervalRow): string | null {
  return row.end_date === null ? null : position(row.end_date, row.end_seq);
}

function position(date: string, seq: string | null): string {
  return `${canonicalInstant(date)} ${canonicalSeq(seq)}`;
}

function interval(row: IntervalRow): string {
  return `[${row.effective_date} #${row.effective_seq}, ${row.end_date} #${row.end_seq})`;
}
