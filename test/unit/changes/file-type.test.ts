import { describe, expect, it } from 'vitest';
import type { FileColumn, FileFooter } from '../../../lib/changes/change-file.ts';
import { formatFileType } from '../../../lib/changes/check-columns.ts';
import { readFooter } from '../../../lib/changes/footer.ts';
import { bool, i8, i32, type Node, parquetBytes, struct, type Thrift } from './parquet-bytes.ts';

const EMPTY = struct({});
const timeUnit = { millis: struct({ 1: EMPTY }), micros: struct({ 2: EMPTY }), nanos: struct({ 3: EMPTY }) };
/** A member of parquet's LogicalType union, by its number there. */
const logical = (id: number, value: Thrift = EMPTY): Thrift => struct({ [id]: value });
/** As writers put it: the logical type, and the legacy one beside it. */
const decimal = (precision: number, scale: number) => ({
  logical: logical(5, struct({ 1: i32(scale), 2: i32(precision) })),
  converted: 5,
  precision,
  scale,
});
const time = (unit: Thrift, utc = false) => logical(7, struct({ 1: bool(utc), 2: unit }));
const timestamp = (utc: boolean, unit: Thrift) => logical(8, struct({ 1: bool(utc), 2: unit }));
const integer = (bits: number, signed: boolean) => logical(10, struct({ 1: i8(bits), 2: bool(signed) }));

/** The footer of a file with this one column. */
async function footerOf(column: Omit<Node, 'name'>): Promise<FileFooter> {
  const bytes = parquetBytes({ columns: [{ name: 'a', ...column }] });
  return await readFooter({
    path: 'a',
    size: bytes.length,
    readRange: async (start, end) => bytes.slice(start, end),
  });
}

/** What the footer of a file with this one column says of it. */
async function typeOf(column: Omit<Node, 'name'>): Promise<string> {
  const footer = await footerOf(column);
  const [supported] = footer.columns;
  return supported ? formatFileType(supported.type) : `unsupported: ${footer.unsupported[0]?.physical}`;
}

describe('column types of a footer', () => {
  it.each<[Omit<Node, 'name'>, string]>([
    [{ physical: 'BOOLEAN' }, 'boolean'],
    [{ physical: 'INT32' }, 'int32'],
    [{ physical: 'INT64' }, 'int64'],
    [{ physical: 'INT96' }, 'timestamp'],
    [{ physical: 'FLOAT' }, 'float'],
    [{ physical: 'DOUBLE' }, 'double'],
    [{ physical: 'BYTE_ARRAY' }, 'binary'],
    [{ physical: 'FIXED_LEN_BYTE_ARRAY', length: 16 }, 'binary'],
  ])('without an annotation: %j is %s', async (column, type) => {
    expect(await typeOf(column)).toBe(type);
  });

  it.each<[what: string, Omit<Node, 'name'>, string]>([
    ['UTF8', { physical: 'BYTE_ARRAY', converted: 0 }, 'string'],
    ['ENUM', { physical: 'BYTE_ARRAY', converted: 4 }, 'string'],
    [
      'DECIMAL',
      { physical: 'FIXED_LEN_BYTE_ARRAY', length: 16, converted: 5, precision: 38, scale: 10 },
      'decimal(38,10)',
    ],
    ['DECIMAL without scale', { physical: 'INT32', converted: 5, precision: 9 }, 'decimal(9,0)'],
    ['DATE', { physical: 'INT32', converted: 6 }, 'date'],
    ['TIME_MILLIS', { physical: 'INT32', converted: 7 }, 'time'],
    ['TIME_MICROS', { physical: 'INT64', converted: 8 }, 'time'],
    ['TIMESTAMP_MILLIS', { physical: 'INT64', converted: 9 }, 'timestamptz'],
    ['TIMESTAMP_MICROS', { physical: 'INT64', converted: 10 }, 'timestamptz'],
    ['UINT_8', { physical: 'INT32', converted: 11 }, 'uint8'],
    ['UINT_16', { physical: 'INT32', converted: 12 }, 'uint16'],
    ['UINT_32', { physical: 'INT32', converted: 13 }, 'uint32'],
    ['UINT_64', { physical: 'INT64', converted: 14 }, 'uint64'],
    ['INT_8', { physical: 'INT32', converted: 15 }, 'int8'],
    ['INT_16', { physical: 'INT32', converted: 16 }, 'int16'],
    ['INT_32', { physical: 'INT32', converted: 17 }, 'int32'],
    ['INT_64', { physical: 'INT64', converted: 18 }, 'int64'],
    ['JSON', { physical: 'BYTE_ARRAY', converted: 19 }, 'json'],
  ])('legacy annotation %s', async (_, column, type) => {
    expect(await typeOf(column)).toBe(type);
  });

  it.each<[what: string, Omit<Node, 'name'>, string]>([
    ['STRING', { physical: 'BYTE_ARRAY', converted: 0, logical: logical(1) }, 'string'],
    ['ENUM', { physical: 'BYTE_ARRAY', converted: 4, logical: logical(4) }, 'string'],
    ['DECIMAL in INT32', { physical: 'INT32', ...decimal(9, 2) }, 'decimal(9,2)'],
    ['DECIMAL in INT64', { physical: 'INT64', ...decimal(18, 18) }, 'decimal(18,18)'],
    ['DECIMAL in bytes', { physical: 'BYTE_ARRAY', ...decimal(38, 0) }, 'decimal(38,0)'],
    ['DATE', { physical: 'INT32', converted: 6, logical: logical(6) }, 'date'],
    ['TIME in milliseconds', { physical: 'INT32', logical: time(timeUnit.millis) }, 'time'],
    ['TIME in microseconds', { physical: 'INT64', logical: time(timeUnit.micros) }, 'time'],
    ['TIME in nanoseconds', { physical: 'INT64', logical: time(timeUnit.nanos) }, 'time'],
    ['TIMESTAMP', { physical: 'INT64', logical: timestamp(false, timeUnit.millis) }, 'timestamp'],
    [
      'TIMESTAMP in nanoseconds',
      { physical: 'INT64', logical: timestamp(false, timeUnit.nanos) },
      'timestamp',
    ],
    [
      'TIMESTAMP adjusted to UTC',
      { physical: 'INT64', logical: timestamp(true, timeUnit.micros) },
      'timestamptz',
    ],
    ['INTEGER(8, true)', { physical: 'INT32', converted: 15, logical: integer(8, true) }, 'int8'],
    ['INTEGER(16, true)', { physical: 'INT32', converted: 16, logical: integer(16, true) }, 'int16'],
    ['INTEGER(8, false)', { physical: 'INT32', converted: 11, logical: integer(8, false) }, 'uint8'],
    ['INTEGER(16, false)', { physical: 'INT32', converted: 12, logical: integer(16, false) }, 'uint16'],
    ['INTEGER(32, false)', { physical: 'INT32', converted: 13, logical: integer(32, false) }, 'uint32'],
    ['INTEGER(64, false)', { physical: 'INT64', converted: 14, logical: integer(64, false) }, 'uint64'],
    ['JSON', { physical: 'BYTE_ARRAY', converted: 19, logical: logical(12) }, 'json'],
    ['INTEGER(32, true)', { physical: 'INT32', logical: integer(32, true) }, 'int32'],
    ['INTEGER(64, true)', { physical: 'INT64', logical: integer(64, true) }, 'int64'],
    ['UUID', { physical: 'FIXED_LEN_BYTE_ARRAY', length: 16, logical: logical(14) }, 'uuid'],
  ])('logical type %s', async (_, column, type) => {
    expect(await typeOf(column)).toBe(type);
  });

  it.each<[what: string, Omit<Node, 'name'>, Omit<FileColumn, 'name' | 'type'>]>([
    ['TIME in milliseconds', { physical: 'INT32', logical: time(timeUnit.millis) }, { stored: 'millis' }],
    ['TIME in microseconds', { physical: 'INT64', logical: time(timeUnit.micros) }, {}],
    ['TIME in nanoseconds', { physical: 'INT64', logical: time(timeUnit.nanos) }, { stored: 'nanos' }],
    [
      'TIME of UTC',
      { physical: 'INT32', logical: time(timeUnit.millis, true) },
      { stored: 'millis', adjustedToUtc: true },
    ],
    ['TIME_MILLIS', { physical: 'INT32', converted: 7 }, { stored: 'millis', adjustedToUtc: true }],
    ['TIME_MICROS', { physical: 'INT64', converted: 8 }, { adjustedToUtc: true }],
    ['TIME and TIME_MICROS', { physical: 'INT64', converted: 8, logical: time(timeUnit.micros) }, {}],
    ['TIMESTAMP_MILLIS', { physical: 'INT64', converted: 9 }, { stored: 'millis' }],
    ['TIMESTAMP_MICROS', { physical: 'INT64', converted: 10 }, {}],
    [
      'TIMESTAMP in nanoseconds',
      { physical: 'INT64', logical: timestamp(true, timeUnit.nanos) },
      { stored: 'nanos' },
    ],
    ['TIMESTAMP in microseconds', { physical: 'INT64', logical: timestamp(true, timeUnit.micros) }, {}],
    ['INT96', { physical: 'INT96' }, { stored: 'int96' }],
    ['no time', { physical: 'INT64', logical: integer(64, true) }, {}],
  ])('says how a time is stored: %s', async (_, column, stored) => {
    const { name: _name, type: _type, ...rest } = (await footerOf(column)).columns[0]!;

    expect(rest).toEqual(stored);
  });

  it('believes the logical type where a legacy one stands beside it', async () => {
    const column: Omit<Node, 'name'> = {
      physical: 'INT64',
      converted: 10,
      logical: timestamp(false, timeUnit.micros),
    };

    expect(await typeOf(column)).toBe('timestamp');
  });

  it.each<[Omit<Node, 'name'>, string]>([
    [
      { physical: 'FIXED_LEN_BYTE_ARRAY', length: 2, logical: logical(15) },
      'FIXED_LEN_BYTE_ARRAY(2) FLOAT16',
    ],
    [{ physical: 'FIXED_LEN_BYTE_ARRAY', length: 12, converted: 21 }, 'FIXED_LEN_BYTE_ARRAY(12) INTERVAL'],
    [
      { physical: 'FIXED_LEN_BYTE_ARRAY', length: 32, ...decimal(76, 2) },
      'FIXED_LEN_BYTE_ARRAY(32) DECIMAL(76,2)',
    ],
    [{ physical: 'FIXED_LEN_BYTE_ARRAY', length: 4, logical: logical(14) }, 'FIXED_LEN_BYTE_ARRAY(4) UUID'],
    [{ physical: 'INT64', converted: 5, precision: 2, scale: 4 }, 'INT64 DECIMAL(2,4)'],
    [{ physical: 'INT32', converted: 0, logical: logical(1) }, 'INT32 STRING'],
    [{ physical: 'BYTE_ARRAY', converted: 20 }, 'BYTE_ARRAY BSON'],
    [{ physical: 'BYTE_ARRAY', logical: logical(13) }, 'BYTE_ARRAY BSON'],
    [{ physical: 'BYTE_ARRAY', logical: logical(1) }, 'BYTE_ARRAY STRING without the legacy UTF8'],
    [{ physical: 'INT32', logical: integer(16, false) }, 'INT32 INTEGER without the legacy UINT_16'],
    [{ physical: 'INT64', ...decimal(9, 2), scale: 3 }, 'INT64 DECIMAL(9,2) without the legacy DECIMAL'],
    [{ physical: 'INT32', logical: logical(11) }, 'INT32 NULL'],
    [{ physical: 'BYTE_ARRAY', logical: logical(99) }, 'BYTE_ARRAY of an unknown logical type'],
    [{ physical: 'INT32', repeated: true }, 'repeated INT32'],
    [{ children: [{ name: 'x', physical: 'INT32' }] }, 'group'],
    [
      {
        logical: logical(3),
        converted: 3,
        children: [{ name: 'list', repeated: true, children: [{ name: 'element', physical: 'INT32' }] }],
      },
      'group LIST',
    ],
  ])('refuses %j by name: %s', async (column, physical) => {
    expect(await typeOf(column)).toBe(`unsupported: ${physical}`);
  });

  it('refuses names that no engine holds, and takes all others', async () => {
    const columns = ['', 'line\nbreak', 'nul\0', '"; drop table x; --', '日本', 'select', ' a '].map(
      (name): Node => ({ name, physical: 'INT32' }),
    );
    const bytes = parquetBytes({ columns });

    const footer = await readFooter({
      path: 'a',
      size: bytes.length,
      readRange: async (start, end) => bytes.slice(start, end),
    });

    expect(footer.columns.map((column) => column.name)).toEqual([
      '"; drop table x; --',
      '日本',
      'select',
      ' a ',
    ]);
    expect(footer.unsupported).toEqual([
      { name: '', physical: 'a column without a name' },
      { name: 'line\nbreak', physical: 'a name with control or undecodable characters' },
      { name: 'nul\0', physical: 'a name with control or undecodable characters' },
    ]);
  });

  it('sees columns after a nested one', async () => {
    const nested: Node = {
      name: 'n',
      children: [
        { name: 'g', children: [{ name: 'x', physical: 'INT32' }] },
        { name: 'y', physical: 'INT32' },
      ],
    };
    const bytes = parquetBytes({ columns: [nested, { name: 'z', physical: 'INT64' }] });

    expect(
      await readFooter({ path: 'a', size: bytes.length, readRange: async (s, e) => bytes.slice(s, e) }),
    ).toEqual({
      rows: 0,
      columns: [{ name: 'z', type: { kind: 'int', bits: 64 } }],
      unsupported: [{ name: 'n', physical: 'group' }],
    });
  });
});
