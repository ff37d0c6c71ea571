import type { Dialect } from '../ports.ts';
import { type HistoryTable, historyNames } from './history-table.ts';

/** One of several parts of a table's keys, which together have every key once. */
export interface KeyPart {
  /** From 0 to `of - 1`. */
  readonly index: number;
  readonly of: number;
}

/** A whole table. */
export const WHOLE: KeyPart = { index: 0, of: 1 };

/**
 * Conditions that the row of an alias belongs to a part; none for a whole table. By a hash of the key, so that parts are
 * of one size whatever the keys are, and no key has to be known to tell them apart.
 */
export function partConditions(
  dialect: Dialect,
  table: HistoryTable,
  { index, of }: KeyPart,
  alias: string,
): string[] {
  if (of === 1) return [];
  const keys = historyNames(dialect, table).keys.map((key) => `${alias}.${key}`);
  return [`${dialect.bucket(keys, of)} = ${index}`];
}
