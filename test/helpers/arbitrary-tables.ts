import fc from 'fast-check';
import type { Column, ColumnType } from '../../lib/config/column-type.ts';

/** A random table: what it is called, which columns it has, which of them open versions. */
export interface TableDef {
  readonly keys: readonly string[];
  /** Keys come first. */
  readonly columns: readonly Column[];
  /** Columns besides the keys; at least one. */
  readonly tracked: readonly string[];
}

/** Few values to a type, so that they meet again and again. */
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

/**
 * A table of one to three keys and one to five other columns, sometimes with names that need quoting.
 * With `untracked: false` every column but the keys is tracked.
 */
export function tableArbitrary(options: { readonly untracked?: boolean } = {}): fc.Arbitrary<TableDef> {
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

/** The values a column takes, never null; all different, at least two, at least three for a key. */
export function pool(table: TableDef, name: string): readonly string[] {
  const { type } = table.columns.find((column) => column.name === name)!;
  return POOLS.find((candidate) => JSON.stringify(candidate.type) === JSON.stringify(type))!.values;
}
