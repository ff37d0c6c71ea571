import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Column, parseColumnType } from '../../../lib/config/column-type.ts';
import { change } from '../../helpers/change-files.ts';
import { openTestEngine, type TestEngine } from '../../helpers/test-pipeline.ts';
import { createLab, type Lab } from './ingest-lab.ts';

let lab: Lab | undefined;
afterEach(() => lab?.remove());

interface TypeCase {
  /** The logical type; `parquet` says how the file stores it where that is not the obvious way. */
  readonly type: string;
  readonly parquet?: string;
  /** What DuckDB keeps it as. */
  readonly stored: string;
  /** Text of the file's value, and the canonical text read back where that differs. */
  readonly values: readonly (string | null | readonly [written: string, read: string])[];
}

const TYPES: readonly TypeCase[] = [
  { type: 'tinyint', stored: 'TINYINT', values: ['-128', '0', '127', null] },
  { type: 'smallint', stored: 'SMALLINT', values: ['-32768', '32767', null] },
  { type: 'int', stored: 'INTEGER', values: ['-2147483648', '2147483647', null] },
  {
    type: 'bigint',
    stored: 'BIGINT',
    values: ['-9223372036854775808', '9007199254740993', '9223372036854775807', null],
  },
  { type: 'smallint', parquet: 'utinyint', stored: 'SMALLINT', values: ['0', '255', null] },
  { type: 'int', parquet: 'usmallint', stored: 'INTEGER', values: ['0', '65535', null] },
  { type: 'bigint', parquet: 'uinteger', stored: 'BIGINT', values: ['0', '4294967295', null] },
  {
    type: 'decimal(20,0)',
    parquet: 'ubigint',
    stored: 'DECIMAL(20,0)',
    values: ['0', '18446744073709551615', null],
  },
  { type: 'decimal(4,1)', stored: 'DECIMAL(4,1)', values: ['-999.9', '0.0', '0.1', null] },
  { type: 'decimal(18,4)', stored: 'DECIMAL(18,4)', values: ['-99999999999999.9999', '0.0001', null] },
  {
    type: 'decimal(38,38)',
    stored: 'DECIMAL(38,38)',
    values: [
      '0.00000000000000000000000000000000000001',
      '0.99999999999999999999999999999999999999',
      '-0.12345678901234567890123456789012345678',
      null,
    ],
  },
  {
    type: 'decimal(38,0)',
    stored: 'DECIMAL(38,0)',
    values: ['99999999999999999999999999999999999999', '-99999999999999999999999999999999999999', null],
  },
  {
    type: 'float',
    stored: 'FLOAT',
    values: [
      'NaN',
      'Infinity',
      '-Infinity',
      '-0.0',
      '1e-45',
      ['3.4028235e38', '3.4028235e+38'],
      '0.1',
      '16777216.0',
      null,
    ],
  },
  {
    type: 'double',
    stored: 'DOUBLE',
    values: [
      ...['NaN', 'Infinity', '-Infinity', '-0.0', '0.0', '5e-324', '2.2250738585072014e-308'],
      ...(['1.7976931348623157e+308', '0.1', '0.30000000000000004', '9007199254740993.0'] as const).map(
        (text) => (text === '9007199254740993.0' ? ([text, '9007199254740992.0'] as const) : text),
      ),
      null,
    ],
  },
  { type: 'boolean', stored: 'BOOLEAN', values: ['true', 'false', null] },
  {
    type: 'date',
    stored: 'DATE',
    values: [
      ...[
        '0001-01-01',
        '1582-10-10',
        '1969-12-31',
        '2024-02-29',
        '9999-12-31',
        '12345-06-07',
        '5881580-07-10',
      ],
      ...([
        ['0044-03-15 (BC)', '0044-03-15 BC'],
        ['0001-12-31 (BC)', '0001-12-31 BC'],
      ] as const),
      null,
    ],
  },
  {
    type: 'time',
    stored: 'VARCHAR',
    values: [
      ['00:00:00', '00:00:00.000000'],
      ['23:59:59.999999', '23:59:59.999999'],
      ['07:05:01.5', '07:05:01.500000'],
      null,
    ],
  },
  {
    type: 'timestamp',
    stored: 'TIMESTAMP',
    values: [
      '0001-01-01 00:00:00.000000',
      '1969-12-31 23:59:59.999999',
      '9999-12-31 23:59:59.999999',
      '10000-01-01 00:00:00.000001',
      '294246-01-01 00:00:00.000000',
      ['0044-03-15 (BC) 01:02:03.000004', '0044-03-15 01:02:03.000004 BC'],
      ['10044-03-15 (BC) 01:02:03', '10044-03-15 01:02:03.000000 BC'],
      null,
    ],
  },
  {
    type: 'timestamptz',
    stored: 'TIMESTAMP WITH TIME ZONE',
    values: [
      ['0001-01-01 00:00:00+00', '0001-01-01T00:00:00.000000Z'],
      ['2024-03-31 02:30:00.123456+02', '2024-03-31T00:30:00.123456Z'],
      ['9999-12-31 23:59:59.999999+00', '9999-12-31T23:59:59.999999Z'],
      ['12345-06-07 08:09:10+00', '12345-06-07T08:09:10.000000Z'],
      ['0044-03-15 (BC) 01:02:03.5+00', '0044-03-15T01:02:03.500000Z BC'],
      null,
    ],
  },
  {
    type: 'timestamp',
    parquet: 'timestamp_ms',
    stored: 'TIMESTAMP',
    values: [['2024-01-01 00:00:00.123', '2024-01-01 00:00:00.123000'], null],
  },
  {
    type: 'timestamp',
    parquet: 'timestamp_ns',
    stored: 'TIMESTAMP',
    values: [['2024-01-01 00:00:00.123456789', '2024-01-01 00:00:00.123456'], null],
  },
  {
    type: 'string',
    stored: 'VARCHAR',
    values: [
      '',
      ' ',
      'tab\tnew\nline\r',
      'nul\0inside',
      '\0',
      '\\N',
      'NULL',
      `'"\`;--`,
      '\u00e9 = e\u0301',
      '🌊日本',
      'x'.repeat(100_000),
      null,
    ],
  },
  {
    type: 'uuid',
    parquet: 'uuid',
    stored: 'VARCHAR',
    values: ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'ffffffff-ffff-ffff-ffff-ffffffffffff', null],
  },
  {
    type: 'json',
    parquet: 'json',
    stored: 'VARCHAR',
    values: ['{"a": 1.0, "b": [null]}', '"text"', 'null', null],
  },
  { type: 'binary', stored: 'BLOB', values: ['', '00', 'deadbeef', '5c784142', null] },
];

const label = ({ type, parquet }: TypeCase): string => (parquet ? `${parquet} as ${type}` : type);
const COLUMNS: readonly Column[] = [
  { name: 'id', type: { kind: 'int', bits: 32 } },
  ...TYPES.map((one) => ({ name: label(one), type: parseColumnType(one.type)! })),
];
const ROWS = Array.from({ length: Math.max(...TYPES.map(({ values }) => values.length)) }, (_, row) => row);

/** One row of written and read texts per value; a type with fewer values than others has nulls at the end. */
function texts(one: TypeCase, side: 0 | 1): (string | null)[] {
  return ROWS.map((row) => {
    const value = one.values[row] ?? null;
    return typeof value === 'object' && value !== null ? value[side] : value;
  });
}

const CHANGES = ROWS.map((id) =>
  change({
    op: 'I',
    at: '09:00',
    seq: id,
    id,
    ...Object.fromEntries(TYPES.map((one) => [label(one), texts(one, 0)[id]])),
  }),
);
const OPTIONS = {
  types: Object.fromEntries(TYPES.flatMap((one) => (one.parquet ? [[label(one), one.parquet]] : []))),
};

it.each(['last-change', 'every-change'])(
  '%s: values of every type are stored and read back exactly',
  async (history) => {
    lab = await createLab({ keys: 'id', history });
    await lab.deliver('a.parquet', { columns: COLUMNS, changes: CHANGES, options: OPTIONS });
    expect(await lab.ingest()).toMatchObject({ error: null, rejected: [], files: 1, opened: ROWS.length });
    const types = Object.fromEntries(TYPES.map((one) => [label(one), one.stored]));
    expect(await lab.types()).toEqual({ id: 'INTEGER', ...types });
    const rows = (await lab.rows()).sort((a, b) => Number(a.id) - Number(b.id));
    const read = Object.fromEntries(TYPES.map((one) => [label(one), rows.map((row) => row[label(one)])]));
    expect(read).toEqual(Object.fromEntries(TYPES.map((one) => [label(one), texts(one, 1)])));
  },
);

it('a value read again is the value stored: nothing changed', async () => {
  lab = await createLab({ keys: 'id', history: 'last-change' });
  await lab.deliver('a.parquet', { columns: COLUMNS, changes: CHANGES, options: OPTIONS });
  await lab.ingest();
  const later = CHANGES.map((one) => ({ ...one, op: 'U' as const, seq: `1${one.seq}` }));
  await lab.deliver('b.parquet', { columns: COLUMNS, changes: later, options: OPTIONS });
  expect(await lab.ingest()).toMatchObject({ error: null, unchanged: ROWS.length, opened: 0, closed: 0 });
});

it('a commit time in INT96 is an instant of UTC', async () => {
  lab = await createLab({ keys: 'order id', history: 'every-change', commitTime: 'created_at' });
  await lab.deliverSample('int96');
  expect(await lab.ingest()).toMatchObject({ error: null, files: 1, rejected: [] });
  const lines = readFileSync(join(import.meta.dirname, '../../samples/rows.ndjson'), 'utf8')
    .trim()
    .split('\n');
  const expected = lines
    .map((line) => JSON.parse(line) as Record<string, string>)
    .filter((row) => row.Op !== 'D')
    .map((row) => [`${row.created_at!.replace(' ', 'T')}Z`, row.change_seq!.padStart(50, '0')]);
  const read = (await lab.rows())
    .filter((row) => row.effective_date !== row.end_date || row.effective_seq !== row.end_seq)
    .map((row) => [row.effective_date!, row.effective_seq!]);
  expect(read.sort()).toEqual(expected.sort());
});

describe('keys', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await openTestEngine();
  });
  afterAll(() => engine.close());

  it.each(
    Object.entries({
      bigint: ['9007199254740992', '9007199254740993'],
      'decimal(38,2)': ['123456789012345678901234567890123456.78', '123456789012345678901234567890123456.79'],
      double: ['0.1', '0.30000000000000004', 'NaN'],
      date: ['0001-01-01', '9999-12-31'],
      timestamp: ['1969-12-31 23:59:59.999999', '1970-01-01 00:00:00.000000'],
      string: ['', ' ', 'a', 'A', 'a ', 'a\0b', 'a\0c', '\u00e9', 'e\u0301'],
      binary: ['', '00', '0000'],
      boolean: ['true', 'false'],
    }),
  )('of type %s find their own rows again', async (type, keys) => {
    const columns: Column[] = [
      { name: 'k', type: parseColumnType(type)! },
      { name: 'v', type: { kind: 'string' } },
    ];
    const table = engine.table({ keys: ['k'], history: 'last-change' });
    const round = async (op: 'I' | 'U' | 'D', seq: number, v: string) => {
      const changes = keys.map((k, at) => change({ op, at: '09:00', seq: seq * 100 + at, k, v }));
      await table.deliver(`${seq}.parquet`, { columns, changes });
      return table.ingest();
    };
    expect(await round('I', 1, 'a')).toMatchObject({ opened: keys.length });
    expect(await round('U', 2, 'b')).toMatchObject({ opened: keys.length, closed: keys.length });
    expect(await round('D', 3, 'b')).toMatchObject({ opened: 0, closed: keys.length, tombstones: 0 });
  });
});
