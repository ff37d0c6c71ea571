import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatColumnType, parseColumnType } from '../../../../lib/config/column-type.ts';
import { duckdbDialect as dialect } from '../../../../lib/engines/duckdb/dialect.ts';
import { openDuckdb } from '../../../../lib/engines/duckdb/engine.ts';
import type { Engine } from '../../../../lib/ports.ts';
import { writeChangeFile } from '../../../helpers/change-files.ts';

let engine: Engine;
let folder: string;
beforeAll(async () => {
  engine = await openDuckdb({ path: ':memory:', schema: 'main' });
  folder = await mkdtemp(join(tmpdir(), 'tidemark-dialect-'));
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

const HOSTILE = [
  `"`,
  `""`,
  `'`,
  `'; drop table x; --`,
  '[a]*?',
  '{a,b}',
  'ü 🌊',
  '\\',
  '%',
  '--',
  '`',
  '$1',
  'select',
  ' ',
];

describe('a hostile text', () => {
  it.each(HOSTILE)('%s is a column name, a table name and a literal', async (text) => {
    const table = dialect.tableName({ catalog: 'x', schema: 'main', name: text });
    await engine.execute(
      `create or replace table ${table} as select ${dialect.stringLiteral(text)} as ${dialect.quoteIdentifier(text)}`,
    );
    const [row] = await engine.query(`select ${dialect.quoteIdentifier(text)} from ${table}`);
    expect(row).toEqual([text]);
    expect((await engine.columns({ catalog: 'x', schema: 'main', name: text }))![0]!.name).toBe(text);
  });

  it.each(HOSTILE.filter((text) => text !== ' '))(
    '%s is a folder and a file that means itself alone',
    async (text) => {
      const path = join(folder, text, `${text}.parquet`);
      const decoy = join(folder, 'a', 'a.parquet');
      for (const one of [path, decoy]) {
        await mkdir(dirname(one), { recursive: true });
        await writeChangeFile(one, {
          columns: [],
          changes: [{ op: 'I', commitTime: one, seq: '1', values: {} }],
        });
      }
      const [row, ...more] = await engine.query(
        `select "tx_commit_time", "which file" from ${dialect.readFiles([path], [], 'which file')}`,
      );
      expect(row).toEqual([path, path]);
      expect(more).toEqual([]);
    },
  );

  it.each(['', 'a\nb', 'a\u0000b', '\u007f'])('%j is refused as a name', (name) => {
    expect(() => dialect.quoteIdentifier(name)).toThrow(expect.objectContaining({ code: 'NAME_REFUSED' }));
  });

  it('with a NUL is refused as a literal', () => {
    expect(() => dialect.stringLiteral('a\u0000b')).toThrow(
      expect.objectContaining({ code: 'TEXT_HAS_NUL' }),
    );
  });
});

const TYPES = [
  ...[
    'int8',
    'int16',
    'int32',
    'int64',
    'decimal(1,0)',
    'decimal(38,38)',
    'float',
    'double',
    'boolean',
    'date',
  ],
  ...['timestamp', 'timestamptz', 'string', 'binary'],
];

describe('a logical type', () => {
  it.each(TYPES)('%s comes back from the type that stores it', async (text) => {
    const type = parseColumnType(text)!;
    await engine.execute(`create or replace table typed (v ${dialect.columnType(type)})`);
    const [column] = (await engine.columns({ catalog: 'x', schema: 'main', name: 'typed' }))!;
    expect(formatColumnType(column!.type)).toBe(text);
  });

  it.each(['time', 'uuid', 'json'])('%s is kept as text', (text) => {
    expect(dialect.columnType(parseColumnType(text)!)).toBe('varchar');
  });

  it.each(['struct(a integer)', 'integer[]', 'hugeint', "enum('a')"])(
    'of a foreign column %s has no name',
    (text) => {
      expect(dialect.parseColumnType(text)).toBeNull();
    },
  );
});

const only = async (sql: string): Promise<string | null> =>
  (await engine.query(`select ${sql}`))[0]![0] ?? null;

describe('a fragment', () => {
  it('instantLiteral keeps every microsecond', async () => {
    const instant = '2026-03-29T01:30:00.123456Z';
    expect(await only(dialect.toText(dialect.instantLiteral(instant), { kind: 'timestamptz' }))).toBe(
      instant,
    );
  });

  it.each([
    ['null', 'null', 'false'],
    ['null', '1', 'true'],
    ['1', '1', 'false'],
    [`cast('nan' as double)`, `cast('nan' as double)`, 'false'],
  ])('isDistinct of %s and %s is %s', async (a, b, expected) => {
    expect(await only(`cast(${dialect.isDistinct(a, b)} as varchar)`)).toBe(expected);
  });

  it('explode makes a row of each element', async () => {
    const array = dialect.array(["'a'", "'b'"]);
    const rows = await engine.query(`select k, v from (select 'x' as k) as t ${dialect.explode(array, 'v')}`);
    expect(rows).toEqual([
      ['x', 'a'],
      ['x', 'b'],
    ]);
  });

  it('bucket spreads rows evenly over its numbers, whatever the type of the values', async () => {
    const bucket = dialect.bucket(['i', "'ä' || i", 'null::date'], 8);
    const rows = await engine.query(
      `select cast(${bucket} as varchar), cast(count(*) between 1000 and 1500 as varchar) from range(10000) as t(i) group by 1 order by 1`,
    );
    expect(rows).toEqual(Array.from({ length: 8 }, (_, number) => [String(number), 'true']));
  });

  it('padLeft, matches and sha256 do what their names say', async () => {
    expect(await only(dialect.padLeft(`'12'`, 5))).toBe('00012');
    expect(await only(`cast(${dialect.matches(`'a1'`, '^[a-z][0-9]$')} as varchar)`)).toBe('true');
    expect(await only(dialect.sha256(`'abc'`))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
