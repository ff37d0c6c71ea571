import type { Change, OracleTable, PlainChange, Values } from './oracle-types.ts';
import {
  canonicalInstant,
  canonicalSeq,
  canonicalText,
  compareText,
  compareValues,
} from './oracle-values.ts';

/** Where a change stands among the changes of its key. */
export interface Position {
  readonly t: string;
  readonly s: string;
}

/** Orders by commit time, then sequence. */
export function comparePositions(a: Position, b: Position): number {
  return compareText(a.t, b.t) || compareText(a.s, b.s);
}

/** Text that is equal exactly for equal keys. */
export function keyOf(values: Values, keys: readonly string[]): string {
  return JSON.stringify(keys.map((key) => values[key]));
}

/** Every column of the table in canonical text; one that is left out is null. Other columns are dropped. */
export function canonicalValues(values: Values, table: OracleTable): Values {
  const canonical: Values = {};
  for (const { name, type } of table.columns) {
    const text = own(values, name);
    canonical[name] = text === null ? null : canonicalText(type, text);
  }
  return canonical;
}

/** The key columns alone; all other columns null. */
export function onlyKey(values: Values, table: OracleTable): Values {
  const key: Values = {};
  for (const { name } of table.columns) key[name] = table.keys.includes(name) ? (values[name] ?? null) : null;
  return key;
}

/** True when no column of the list differs; null equals null. */
export function sameIn(columns: readonly string[], a: Values, b: Values, table: OracleTable): boolean {
  return table.columns.every(
    ({ name, type }) =>
      !columns.includes(name) || compareValues(type, a[name] ?? null, b[name] ?? null) === 0,
  );
}

/** Changes as positions and full rows, with every key change split into a delete and an insert. */
export function plainChanges(
  changes: readonly Change[],
  table: OracleTable,
  reloadInstant: string | null,
): PlainChange[] {
  return changes.flatMap((change) => {
    const reloaded = change.load === true && reloadInstant !== null;
    const t = canonicalInstant(reloaded ? reloadInstant : change.commitTime);
    const s = reloaded || table.sequence === 'commit-time' ? '' : canonicalSeq(change.seq);
    const confirms = reloaded && table.reload !== 'changes';
    const values = canonicalValues(change.values, table);
    if (change.op === 'D') return [{ kind: 'delete', t, s, values, confirms }];

    const upsert: PlainChange = { kind: 'upsert', t, s, values, confirms };
    const oldKey = canonicalValues(oldKeyOf(change, table), table);
    if (change.op === 'I' || keyOf(oldKey, table.keys) === keyOf(values, table.keys)) return [upsert];
    return [{ kind: 'delete', t, s, values: oldKey, confirms }, upsert];
  });
}

function oldKeyOf(change: Change, table: OracleTable): Values {
  const key: Values = {};
  for (const name of table.keys) key[name] = own(change.beforeKeys ?? {}, name) ?? own(change.values, name);
  return key;
}

/** A column may be called `constructor`. */
function own(values: Values, name: string): string | null {
  return Object.hasOwn(values, name) ? (values[name] ?? null) : null;
}

/**
 * One change per key and position. Among different ones a delete wins, then the larger row; every different one
 * that lost counts as ambiguous.
 */
export function dedupe(
  changes: readonly PlainChange[],
  table: OracleTable,
): { changes: PlainChange[]; ambiguous: number } {
  const groups = new Map<string, PlainChange[]>();
  for (const change of changes) {
    const id = JSON.stringify([keyOf(change.values, table.keys), change.t, change.s]);
    const group = groups.get(id) ?? [];
    if (!group.some((other) => compareClaims(change, other, table) === 0)) group.push(change);
    groups.set(id, group);
  }
  const winners: PlainChange[] = [];
  let ambiguous = 0;
  for (const group of groups.values()) {
    group.sort((a, b) => compareClaims(b, a, table));
    winners.push(group[0]!);
    ambiguous += group.length - 1;
  }
  return { changes: winners, ambiguous };
}

function compareClaims(a: PlainChange, b: PlainChange, table: OracleTable): number {
  if (a.kind !== b.kind) return a.kind === 'delete' ? 1 : -1;
  for (const { name, type } of table.columns) {
    const order = compareValues(type, a.values[name] ?? null, b.values[name] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}
