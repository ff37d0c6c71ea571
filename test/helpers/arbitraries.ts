import fc from 'fast-check';
import { pool, type TableDef, tableArbitrary } from './arbitrary-tables.ts';
import { commitTimeOf } from './change-files.ts';
import type { Change, Values } from './oracle-types.ts';

export { type Delivery, type DeliveryOptions, deliveryArbitrary } from './arbitrary-deliveries.ts';
export { type TableDef, tableArbitrary } from './arbitrary-tables.ts';

/** A table and what happened to it, in the order of time and sequence. No two changes share both. */
export interface Feed {
  readonly table: TableDef;
  readonly changes: readonly Change[];
}

export interface FeedOptions {
  /** @default any */
  readonly table?: fc.Arbitrary<TableDef>;
  /** @default 40 */
  readonly maxChanges?: number;
  /** Begin with a full load of some keys. @default true */
  readonly fullLoad?: boolean;
  /** Updates that move a row to another key, told by before images. @default true */
  readonly keyChanges?: boolean;
  /** Leave some columns untracked. @default true */
  readonly untracked?: boolean;
}

/** A change as drawn: indexes into small pools, so that keys and values meet again and again. */
interface Draw {
  readonly op: 'I' | 'U' | 'D';
  readonly key: number;
  readonly toKey: number | null;
  readonly values: readonly number[];
  /** Repeats the last values the key was given. */
  readonly same: boolean;
  /** A delete that carries the key only. */
  readonly bare: boolean;
  readonly newCommit: boolean;
}

/** A key type with fewer values than this makes two of them one key. */
const KEYS_IN_PLAY = 4;
const MAX_OTHER_COLUMNS = 5;
const LOAD_TIME = commitTimeOf('08:00');

/**
 * A table and its changes: few keys, several changes to a commit, updates that change nothing, deletes after
 * deletes, inserts after inserts, keys that come back and keys that change into one another.
 */
export function feedArbitrary(options: FeedOptions = {}): fc.Arbitrary<Feed> {
  const draw: fc.Arbitrary<Draw> = fc.record({
    op: fc.constantFrom('I', 'U', 'U', 'U', 'D'),
    key: fc.nat({ max: KEYS_IN_PLAY - 1 }),
    toKey: fc.oneof(
      { weight: 4, arbitrary: fc.constant(null) },
      { weight: options.keyChanges === false ? 0 : 1, arbitrary: fc.nat({ max: KEYS_IN_PLAY - 1 }) },
    ),
    values: fc.array(fc.nat({ max: 5 }), { minLength: MAX_OTHER_COLUMNS, maxLength: MAX_OTHER_COLUMNS }),
    same: fc.boolean(),
    bare: fc.boolean(),
    newCommit: fc.boolean(),
  });
  return fc
    .record({
      table: options.table ?? tableArbitrary(options),
      loaded: options.fullLoad === false ? fc.constant([]) : fc.subarray([0, 1, 2]),
      draws: fc.array(draw, { minLength: 1, maxLength: options.maxChanges ?? 40 }),
    })
    .map(({ table, loaded, draws }) => ({
      table,
      changes: [...load(table, loaded), ...capture(table, draws)],
    }));
}

function load(table: TableDef, keys: readonly number[]): Change[] {
  return keys.map((key) => ({
    op: 'I',
    commitTime: LOAD_TIME,
    seq: null,
    values: { ...keyValues(table, key), ...otherValues(table, [key, key, key, key, key]) },
    load: true,
  }));
}

function capture(table: TableDef, draws: readonly Draw[]): Change[] {
  const last = new Map<number, Values>();
  let commit = 0;
  return draws.map((draw, at) => {
    if (draw.newCommit) commit += 1;
    const given = (draw.same ? last.get(draw.key) : undefined) ?? otherValues(table, draw.values);
    const target = draw.op === 'U' ? (draw.toKey ?? draw.key) : draw.key;
    last.set(target, given);
    return {
      op: draw.op,
      commitTime: commitTime(commit),
      seq: String(at + 1),
      values: { ...keyValues(table, target), ...(draw.op === 'D' && draw.bare ? {} : given) },
      ...(draw.op === 'U' && draw.toKey !== null && { beforeKeys: changedKey(table, draw.key, target) }),
    };
  });
}

/** The first commit is at the very instant of the full load. */
function commitTime(commit: number): string {
  const seconds = String(commit % 60).padStart(2, '0');
  const minutes = String(Math.floor(commit / 60)).padStart(2, '0');
  return commitTimeOf(`08:${minutes}:${seconds}${commit % 3 === 1 ? '.000001' : ''}`);
}

/** Keys differ in one part only as often as they can. */
function keyValues(table: TableDef, key: number): Values {
  const bits = [key & 1, key >> 1, 0];
  return Object.fromEntries(
    table.keys.map((name, at) => {
      const values = pool(table, name);
      const choice = table.keys.length === 1 ? key : bits[at]!;
      return [name, values[choice % values.length]!];
    }),
  );
}

/** Before images of a key: parts that stay the same are null, as often as they are spelled out. */
function changedKey(table: TableDef, from: number, to: number): Values {
  const before = keyValues(table, from);
  const after = keyValues(table, to);
  return Object.fromEntries(
    table.keys.map((name, at) => [name, before[name] === after[name] && at % 2 === 0 ? null : before[name]!]),
  );
}

/** The pool's values by index; an index beyond it is null. */
function otherValues(table: TableDef, indexes: readonly number[]): Values {
  const names = table.columns.map(({ name }) => name).filter((name) => !table.keys.includes(name));
  return Object.fromEntries(names.map((name, at) => [name, pool(table, name)[indexes[at]!] ?? null]));
}
