import fc from 'fast-check';
import type { Column, ColumnType } from '../../lib/config/column-type.ts';
import { commitTimeOf } from './change-files.ts';
import type { Change, Values } from './oracle-types.ts';

/** A random table: what it is called, which columns it has, which of them open versions. */
export interface TableDef {
  readonly keys: readonly string[];
  /** Keys come first. */
  readonly columns: readonly Column[];
  /** Columns besides the keys; at least one. */
  readonly tracked: readonly string[];
}

/** A table and what happened to it, in the order of time and sequence. No two changes share both. */
export interface Feed {
  readonly table: TableDef;
  readonly changes: readonly Change[];
}

export interface FeedOptions {
  /** @default 40 */
  readonly maxChanges?: number;
  /** Begin with a full load of some keys. @default true */
  readonly fullLoad?: boolean;
  /** Updates that move a row to another key, told by before images. @default true */
  readonly keyChanges?: boolean;
  /** Leave some columns untracked. @default true */
  readonly untracked?: boolean;
}

export interface DeliveryOptions {
  /** Files and batches keep the feed's order; a duplicate still comes later. @default false */
  readonly inOrder?: boolean;
  /** Some changes arrive in a second file as well. @default true */
  readonly duplicates?: boolean;
}

/** Batches of files of changes: together every change of a feed at least once. */
export type Delivery = readonly (readonly (readonly Change[])[])[];

const POOLS: readonly {
  readonly type: ColumnType;
  readonly key: boolean;
  readonly values: readonly string[];
}[] = [
  { type: { kind: 'int', bits: 32 }, key: true, values: ['0', '-1', '2147483647'] },
  { type: { kind: 'int', bits: 64 }, key: true, values: ['9007199254740993', '9007199254740992', '7'] },
  { type: { kind: 'string' }, key: true, values: ['a', 'A', "o'k", '名\t🌊', ''] },
  {
    type: { kind: 'decimal', precision: 18, scale: 4 },
    key: true,
    values: ['0.0001', '-12.5000', '99999999999999.9999'],
  },
  { type: { kind: 'date' }, key: true, values: ['2024-02-29', '1969-12-31', '0001-01-01'] },
  {
    type: { kind: 'decimal', precision: 38, scale: 10 },
    key: false,
    values: ['1.0000000000', '-1234567890123456789012345678.0000000001'],
  },
  { type: { kind: 'double' }, key: false, values: ['0.1', 'NaN', 'Infinity', '-1e+300'] },
  { type: { kind: 'float' }, key: false, values: ['0.5', '-1.25', 'NaN'] },
  { type: { kind: 'boolean' }, key: false, values: ['true', 'false'] },
  { type: { kind: 'time' }, key: false, values: ['00:00:00.000000', '23:59:59.999999'] },
  {
    type: { kind: 'timestamp' },
    key: false,
    values: ['1969-12-31 23:59:59.999999', '2024-05-01 10:00:00.000001'],
  },
  {
    type: { kind: 'timestamptz' },
    key: false,
    values: ['2024-05-01T10:00:00.000000Z', '1900-01-01T00:00:00.000001Z'],
  },
  { type: { kind: 'binary' }, key: false, values: ['00ff', ''] },
];

const PLAIN_NAMES = ['id', 'part', 'region', 'name', 'amount', 'city', 'note', 'active'];
const HOSTILE_NAMES = [
  'say "hi"',
  "it's",
  'two words',
  'Näme 名',
  'select',
  '{a,b}*?[c]',
  'back`tick',
  '1; --',
];

/** A table of one to three keys and one to five other columns, sometimes with names that need quoting. */
export function tableArbitrary(options: Pick<FeedOptions, 'untracked'> = {}): fc.Arbitrary<TableDef> {
  const keyPools = POOLS.filter((pool) => pool.key);
  return fc
    .record({
      names: fc.constantFrom(PLAIN_NAMES, PLAIN_NAMES, HOSTILE_NAMES),
      keyTypes: fc.array(fc.constantFrom(...keyPools), { minLength: 1, maxLength: 3 }),
      otherTypes: fc.array(fc.constantFrom(...POOLS), { minLength: 1, maxLength: 5 }),
      untracked: options.untracked === false ? fc.constant(0) : fc.nat({ max: 2 }),
    })
    .map(({ names, keyTypes, otherTypes, untracked }) => {
      const columns = [...keyTypes, ...otherTypes].map(({ type }, at) => ({ name: names[at]!, type }));
      const others = columns.slice(keyTypes.length).map(({ name }) => name);
      return {
        keys: columns.slice(0, keyTypes.length).map(({ name }) => name),
        columns,
        tracked: others.slice(0, Math.max(1, others.length - untracked)),
      };
    });
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
    toKey:
      options.keyChanges === false
        ? fc.constant(null)
        : fc.option(fc.nat({ max: KEYS_IN_PLAY - 1 }), { freq: 4 }).map((key) => key),
    values: fc.array(fc.nat({ max: 5 }), { minLength: MAX_OTHER_COLUMNS, maxLength: MAX_OTHER_COLUMNS }),
    same: fc.boolean(),
    bare: fc.boolean(),
    newCommit: fc.boolean(),
  });
  return fc
    .record({
      table: tableArbitrary(options),
      loaded: options.fullLoad === false ? fc.constant([]) : fc.subarray([0, 1, 2, 3]),
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

function pool(table: TableDef, name: string): readonly string[] {
  const { type } = table.columns.find((column) => column.name === name)!;
  return POOLS.find((candidate) => JSON.stringify(candidate.type) === JSON.stringify(type))!.values;
}

/** Ways in which the changes of a feed may arrive. */
export function deliveryArbitrary(
  changes: readonly Change[],
  { inOrder = false, duplicates = true }: DeliveryOptions = {},
): fc.Arbitrary<Delivery> {
  const all = changes.map((_, at) => at);
  const again = duplicates ? fc.subarray(all) : fc.constant([]);
  const order = (repeated: readonly number[]): fc.Arbitrary<number[]> =>
    inOrder ? insertLater(all, repeated) : shuffled([...all, ...repeated]);
  return fc
    .tuple(
      again.chain(order),
      fc.array(fc.nat({ max: 6 }), { minLength: 1 }),
      fc.array(fc.nat({ max: 3 }), { minLength: 1 }),
    )
    .map(([sequence, fileSizes, batchSizes]) => {
      const files = cut(
        sequence.map((at) => changes[at]!),
        fileSizes,
      );
      return cut(files, batchSizes);
    });
}

function shuffled(items: readonly number[]): fc.Arbitrary<number[]> {
  return fc
    .shuffledSubarray([...items.keys()], { minLength: items.length })
    .map((at) => at.map((i) => items[i]!));
}

/** Every repeated item is put in again somewhere after its first place. */
function insertLater(items: readonly number[], repeated: readonly number[]): fc.Arbitrary<number[]> {
  return fc
    .array(fc.nat({ max: 9 }), { minLength: repeated.length, maxLength: repeated.length })
    .map((delays) => {
      const sequence = [...items];
      repeated.forEach((item, at) => {
        sequence.splice(sequence.indexOf(item) + 1 + delays[at]!, 0, item);
      });
      return sequence;
    });
}

/** Cuts into runs of one more than these lengths, over and over. */
function cut<T>(items: readonly T[], lengths: readonly number[]): T[][] {
  const runs: T[][] = [];
  let from = 0;
  while (from < items.length) {
    const length = 1 + lengths[runs.length % lengths.length]!;
    runs.push(items.slice(from, from + length));
    from += length;
  }
  return runs;
}
