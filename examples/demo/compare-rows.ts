import type { SourceValues } from '../../lib/dms-files/dms-file.ts';

/** How two versions of one table agree. */
export interface Comparison {
  readonly expected: number;
  readonly actual: number;
  /** Keys whose row is missing on one side, there more than once, or different. */
  readonly differing: number;
}

/** Compares rows by key, whatever their order. A column absent on one side counts as null. */
export function compareRows(
  keys: readonly string[],
  expected: readonly SourceValues[],
  actual: readonly SourceValues[],
): Comparison {
  const sides = [groupByKey(keys, expected), groupByKey(keys, actual)] as const;
  const ids = new Set([...sides[0].keys(), ...sides[1].keys()]);
  const differing = [...ids].filter((id) => sides[0].get(id) !== sides[1].get(id)).length;
  return { expected: expected.length, actual: actual.length, differing };
}

/** The rows of each key as one text. */
function groupByKey(keys: readonly string[], rows: readonly SourceValues[]): Map<string, string> {
  const groups = new Map<string, string>();
  for (const row of rows) {
    const id = JSON.stringify(keys.map((key) => row[key] ?? null));
    const present = Object.entries(row).filter(([, value]) => value !== null);
    const text = JSON.stringify(present.sort(([a], [b]) => (a < b ? -1 : 1)));
    groups.set(id, (groups.get(id) ?? '') + text);
  }
  return groups;
}
