import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, it } from 'vitest';
import type { ColumnType } from '../../../../lib/config/column-type.ts';
import { duckdbDialect } from '../../../../lib/engines/duckdb/dialect.ts';
import type { BulkColumn } from '../../../../lib/ports.ts';
import { copyLine } from '../../../../lib/targets/postgres/bulk-text.ts';
import { createTestDatabase } from '../../../helpers/postgres.ts';

const column = (expr: string, type: ColumnType): BulkColumn => ({ expr, name: 'c', type });
const TEXT = { kind: 'string' } as const;

const instance = await DuckDBInstance.create(':memory:');
const duckdb = await instance.connect();
await duckdb.run(`set TimeZone = 'UTC'`);
afterAll(() => duckdb.closeSync());

async function lineOf(...columns: BulkColumn[]): Promise<string> {
  const result = await duckdb.runAndReadAll(`select ${copyLine(duckdbDialect, columns, 'null')}`);
  return String(result.getRows()[0]?.[0]);
}

describe('copyLine', () => {
  it('is one readable expression', () => {
    const columns = [column('"id"', { kind: 'int', bits: 64 }), column('"on"', { kind: 'boolean' })];

    expect(copyLine(duckdbDialect, columns, 'null')).toBe(
      `coalesce(cast("id" as varchar), '\\N') || '\t' || ` +
        `coalesce(case when "on" then 't' when not "on" then 'f' end, '\\N')`,
    );
  });

  it.each([
    ['null::varchar', TEXT, '\\N'],
    [`''`, TEXT, ''],
    [`'\\N'`, TEXT, '\\\\N'],
    [`'\\.'`, TEXT, '\\\\.'],
    [`'a' || chr(9) || 'b' || chr(10) || chr(13) || '\\n'`, TEXT, 'a\\tb\\n\\r\\\\n'],
    [`'it''s "漢字"'`, TEXT, `it's "漢字"`],
    [`'\\x00\\xFF'::blob`, { kind: 'binary' }, '\\\\x00ff'],
    [`''::blob`, { kind: 'binary' }, '\\\\x'],
    ['null::blob', { kind: 'binary' }, '\\N'],
    ['true', { kind: 'boolean' }, 't'],
    ['false', { kind: 'boolean' }, 'f'],
    ['null::boolean', { kind: 'boolean' }, '\\N'],
    [`'nan'::double`, { kind: 'double' }, 'NaN'],
    [`'-infinity'::float`, { kind: 'float' }, '-Infinity'],
    ['9223372036854775807', { kind: 'int', bits: 64 }, '9223372036854775807'],
  ] as const)('makes of %s (%o) the field %j', async (expr, type, expected) => {
    expect(await lineOf(column(expr, type))).toBe(expected);
  });

  it('parts columns by tabs', async () => {
    expect(
      await lineOf(
        column('1', { kind: 'int', bits: 32 }),
        column('null::varchar', TEXT),
        column(`'x'`, TEXT),
      ),
    ).toBe('1\t\\N\tx');
  });

  it.each([
    [
      'date',
      [`'0001-01-01'`, `'-0043-03-15'`, `'0000-12-31'`, `'12345-06-07'`],
      ['0001-01-01', '0044-03-15 BC', '0001-12-31 BC', '12345-06-07'],
    ],
    [
      'timestamp',
      [`'1969-12-31 23:59:59.999999'`, `'0044-03-15 (BC) 01:02:03.000004'`, `'12345-06-07 08:09:10.000011'`],
      ['1969-12-31 23:59:59.999999', '0044-03-15 01:02:03.000004 BC', '12345-06-07 08:09:10.000011'],
    ],
    [
      'timestamptz',
      [
        `'2024-01-02 03:04:05.000006+02'`,
        `'0044-03-15 (BC) 01:02:03.000004+00'`,
        `'12345-06-07 08:09:10.000011+00'`,
      ],
      ['2024-01-02 01:04:05.000006+00', '0044-03-15 01:02:03.000004+00 BC', '12345-06-07 08:09:10.000011+00'],
    ],
  ] as const)('writes a %s of any age so that Postgres reads the same', async (kind, literals, expected) => {
    const database = await createTestDatabase();
    const lines = await Promise.all(
      literals.map((literal) => lineOf(column(`${literal}::${kind}`, { kind }))),
    );

    const read = await Promise.all(
      lines.map((line) =>
        database.query(`select $1::${kind}::text as value`, [line]).then(([row]) => row?.value),
      ),
    );
    await database.close();

    expect(read).toEqual(expected);
  });
});
