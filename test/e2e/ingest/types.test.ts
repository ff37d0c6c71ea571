import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type Column, parseColumnType } from '../../../lib/config/column-type.ts';
import { change } from '../../helpers/change-files.ts';
import { createLab, type Lab } from './ingest-lab.ts';

let lab: Lab;
afterEach(() => lab.remove());

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
      'é = é',
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

it.each(TYPES)(
  '$type of $parquet is stored as $stored and read back exactly',
  async ({ type, parquet, stored, values }) => {
    const pairs = values.map((value) =>
      typeof value === 'object' && value !== null ? value : ([value, value] as const),
    );
    const columns: Column[] = [
      { name: 'id', type: { kind: 'int', bits: 32 } },
      { name: 'v', type: parseColumnType(type)! },
    ];
    const changes = pairs.map(([v], id) => change({ op: 'I', at: '09:00', seq: id, id, v }));
    const options = parquet ? { types: { v: parquet } } : {};
    for (const history of ['last-change', 'every-change']) {
      lab = await createLab({ keys: 'id', history });
      await lab.deliver('a.parquet', { columns, changes, options });
      expect(await lab.ingest()).toMatchObject({ error: null, rejected: [], files: 1 });
      expect(await lab.types()).toEqual({ id: 'INTEGER', v: stored });
      const read = (await lab.rows()).sort((a, b) => Number(a.id) - Number(b.id));
      expect(read.map((row) => row.v)).toEqual(pairs.map(([, text]) => text));
      // The same values once more are no change: what was stored compares equal to what is read again.
      await lab.deliver('b.parquet', {
        columns,
        changes: changes.map((c) => ({ ...c, op: 'U', seq: `1${c.seq}` })),
        options,
      });
      const again = await lab.ingest();
      expect(again).toMatchObject(
        history === 'last-change' ? { unchanged: pairs.length, opened: 0 } : { opened: pairs.length },
      );
      if (history === 'last-change') await lab.remove();
    }
  },
);

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

it('keys of every type find their rows again', async () => {
  const kinds: Readonly<Record<string, readonly string[]>> = {
    bigint: ['9007199254740992', '9007199254740993'],
    'decimal(38,2)': ['123456789012345678901234567890123456.78', '123456789012345678901234567890123456.79'],
    double: ['0.1', '0.30000000000000004', 'NaN'],
    date: ['0001-01-01', '9999-12-31'],
    timestamp: ['1969-12-31 23:59:59.999999', '1970-01-01 00:00:00.000000'],
    string: ['', ' ', 'a', 'A', 'a ', 'a\0b', 'a\0c', 'é', 'é'],
    binary: ['', '00', '0000'],
    boolean: ['true', 'false'],
  };
  for (const [type, keys] of Object.entries(kinds)) {
    lab = await createLab({ keys: 'k', history: 'last-change' });
    const columns: Column[] = [
      { name: 'k', type: parseColumnType(type)! },
      { name: 'v', type: { kind: 'string' } },
    ];
    const round = (op: 'I' | 'U' | 'D', seq: number, v: string) =>
      keys.map((k, at) => change({ op, at: '09:00', seq: seq * 100 + at, k, v }));
    await lab.deliver('a.parquet', { columns, changes: round('I', 1, 'a') });
    expect(await lab.ingest(), type).toMatchObject({ error: null, opened: keys.length });
    await lab.deliver('b.parquet', { columns, changes: round('U', 2, 'b') });
    expect(await lab.ingest(), type).toMatchObject({ error: null, opened: keys.length, closed: keys.length });
    await lab.deliver('c.parquet', { columns, changes: round('D', 3, 'b') });
    expect(await lab.ingest(), type).toMatchObject({
      error: null,
      opened: 0,
      closed: keys.length,
      tombstones: 0,
    });
    await lab.remove();
  }
});
