import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FileType } from '../../lib/changes/change-file.ts';
import { type ColumnType, parseColumnType } from '../../lib/config/column-type.ts';
import { createDatabricksDialect } from '../../lib/engines/databricks/dialect.ts';
import { annotateColumns, timeOfDay } from '../helpers/annotate-parquet.ts';
import { footerOf } from '../helpers/footer-of.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { type FileBench, openFileBench } from './file-bench.ts';

const dialect = createDatabricksDialect('open-spark');
const SAMPLES = resolve('test/samples');
const TEXT = { kind: 'string' } as const;

/** Columns of the samples as a history holds them. */
const SAMPLE_COLUMNS: Readonly<Record<string, ColumnType>> = Object.fromEntries(
  Object.entries({
    ...{ Op: 'string', 'order id': 'int64', qty: 'int32', amount: 'decimal(18,4)', Näme: 'string' },
    ...{ created_at: 'timestamp', birth: 'date', active: 'boolean', score: 'double', uid: 'binary' },
    ...{ tx_commit_time: 'string', change_seq: 'string' },
  }).map(([name, type]) => [name, parseColumnType(type)!]),
);

describeWithWarehouse('change files read by the Databricks dialect', (warehouse) => {
  let bench: FileBench;
  beforeAll(async () => {
    bench = await openFileBench(warehouse(), 'change files');
  }, 120_000);
  afterAll(() => bench?.close());

  /** Writes one row of DuckDB expressions as `v0`, `v1`, … */
  const write = async (name: string, exprs: readonly string[]): Promise<string> => {
    const path = join(bench.folder, name);
    const select = exprs.map((expr, i) => `${expr} as v${i}`).join(', ');
    await bench.duckdb.execute(`copy (select ${select}) to '${path}' (format parquet)`);
    return path;
  };

  it('have the same values in every way that a writer may encode them', async () => {
    const skipped = /^(bad|wrong|evolve|empty|commit-time-as|v2-delta)/;
    const names = (await readdir(SAMPLES)).filter((f) => f.endsWith('.parquet') && !skipped.test(f));
    const columns = Object.entries(SAMPLE_COLUMNS).map(([name, type]) => {
      const value = dialect.castFromFile(dialect.quoteIdentifier(name), type, type);
      return `${dialect.toText(value, type)} as ${dialect.quoteIdentifier(name)}`;
    });
    const lines = (await readFile(join(SAMPLES, 'rows.ndjson'), 'utf8')).trim().split('\n');
    const expected = lines.map((line) => {
      const row = JSON.parse(line) as Record<string, unknown>;
      const active = row.active === null ? null : String(row.active);
      return { ...row, active, score: row.score === null ? null : Number(row.score) };
    });

    const rows = await bench.db.run(
      `select ${columns.join(', ')}, file from ${dialect.readFiles(
        names.map((name) => join(SAMPLES, name)),
        [],
        'file',
      )} order by change_seq`,
    );

    expect(names).toHaveLength(12);
    for (const name of names) {
      const path = join(SAMPLES, name);
      const own = rows.filter((row) => row.file === path);
      const read = own.map(({ file: _, score, ...row }) => ({
        ...row,
        score: score === null ? null : Number(score),
      }));
      expect(read, name).toEqual(expected);
    }
  }, 60_000);

  it('in all encodings but one are read: bytes split into streams fail by name, never silently', async () => {
    const file = dialect.readFiles([join(SAMPLES, 'v2-delta.parquet')], []);
    const others = Object.keys(SAMPLE_COLUMNS).filter((name) => name !== 'score');
    const hashes = others.map((name) => {
      const text = dialect.toText(dialect.quoteIdentifier(name), SAMPLE_COLUMNS[name]!);
      return `sha2(string_agg(coalesce(${text}, '-'), ',') within group (order by change_seq), 256)`;
    });
    const all = `select ${hashes.map((hash, i) => `${hash} as c${i}`).join(', ')} from`;

    expect(await bench.db.run(`${all} ${file}`)).toEqual(
      await bench.db.run(`${all} ${dialect.readFiles([join(SAMPLES, 'gzip.parquet')], [])}`),
    );
    await expect(bench.db.run(`select max(score) from ${file}`)).rejects.toThrow(
      /FAILED_READ_FILE.*v2-delta/,
    );
  });

  it('have commit times that are times, whether they are written as text or not', async () => {
    const of = (file: string, expr: string) =>
      `select change_seq, ${dialect.toText(expr, { kind: 'timestamptz' })} as t from ${dialect.readFiles([join(SAMPLES, file)], [])}`;
    const asTime = of(
      'commit-time-as-timestamp.parquet',
      dialect.castFromFile('tx_commit_time', { kind: 'timestamp' }, { kind: 'timestamptz' }),
    );
    const asText = of('gzip.parquet', dialect.instantFromText('tx_commit_time', 'error'));
    expect(
      await bench.db.run(
        `select cast(count(*) as string) as n, min(a.t) as first from (${asTime}) a join (${asText}) b on a.change_seq = b.change_seq and a.t = b.t`,
      ),
    ).toEqual([{ n: '400', first: '2026-01-01T12:00:00.000123Z' }]);
  });

  it('become history columns by their types, exactly', async () => {
    const uint = (bits: 8 | 16 | 32 | 64): FileType => ({ kind: 'uint', bits });
    const t = (text: string): ColumnType => parseColumnType(text)!;
    const cases: readonly (readonly [duckdb: string, from: FileType, to: ColumnType, text: string])[] = [
      ['255::utinyint', uint(8), t('int16'), '255'],
      ['65535::usmallint', uint(16), t('int32'), '65535'],
      ['4294967295::uinteger', uint(32), t('int64'), '4294967295'],
      ['18446744073709551615::ubigint', uint(64), t('decimal(20,0)'), '18446744073709551615'],
      ['(-128)::tinyint', t('int8'), t('int64'), '-128'],
      ['(-9223372036854775808)::bigint', t('int64'), t('decimal(19,0)'), '-9223372036854775808'],
      ['7::integer', t('int32'), t('double'), '7.0'],
      ['7::integer', t('int32'), t('string'), '7'],
      ["'-1.50'::decimal(10,2)", t('decimal(10,2)'), t('decimal(38,20)'), '-1.50000000000000000000'],
      ["'-1.50'::decimal(10,2)", t('decimal(10,2)'), t('string'), '-1.50'],
      ['0.1::float', t('float'), t('float'), '0.1'],
      ["'-0.0'::double", t('double'), t('double'), '-0.0'],
      ["'nan'::double", t('double'), t('double'), 'NaN'],
      ['true', t('boolean'), t('string'), 'true'],
      ["'1500-02-28'::date", t('date'), t('date'), '1500-02-28'],
      ["'0001-01-01'::date", t('date'), t('timestamp'), '0001-01-01 00:00:00.000000'],
      ["'2026-01-31'::date", t('date'), t('string'), '2026-01-31'],
      [
        "'1500-01-01 00:00:00.000001'::timestamp",
        t('timestamp'),
        t('timestamp'),
        '1500-01-01 00:00:00.000001',
      ],
      [
        "'1969-12-31 23:59:59.999999'::timestamp",
        t('timestamp'),
        t('timestamptz'),
        '1969-12-31T23:59:59.999999Z',
      ],
      [
        "'0001-01-01 00:00:00+00'::timestamptz",
        t('timestamptz'),
        t('timestamptz'),
        '0001-01-01T00:00:00.000000Z',
      ],
      [
        "'2026-01-31 23:00:00+01'::timestamptz",
        t('timestamptz'),
        t('timestamp'),
        '2026-01-31 22:00:00.000000',
      ],
      [`'{"a":1}'::json`, t('json'), t('string'), '{"a":1}'],
      [`'\\xAA\\x00'::blob`, t('binary'), t('binary'), 'aa00'],
      ["'a'::enum('a')", t('string'), t('binary'), '61'],
    ];
    const path = await write(
      'types.parquet',
      cases.map(([expr]) => expr),
    );

    const [row] = await bench.db.run(
      `select ${cases.map(([, from, to], i) => `${dialect.toText(dialect.castFromFile(`v${i}`, from, to), to)} as v${i}, ${dialect.cannotCastFromFile(`v${i}`, from, to)} as bad${i}`).join(',\n')} from ${dialect.readFiles([path], [])}`,
    );

    expect(cases.map((_, i) => row![`v${i}`])).toEqual(cases.map(([, , , text]) => text));
    expect(cases.filter((_, i) => row![`bad${i}`] !== false)).toEqual([]);
  });

  it('are refused a text that the type of the contract cannot hold, and lose nothing of one it can', async () => {
    const cases: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
      int8: { '127': '127', '+5': '5', '128': null, '1.0': null, '5\n': null, '': null, '٣': null },
      int64: { '-9223372036854775808': '-9223372036854775808', '9223372036854775808': null },
      'decimal(10,2)': { '1.500': '1.50', '1.505': null, '100000000': null, '1e2': null, '.5': null },
      double: { '1e-5': '1e-05', inf: 'Infinity', nan: 'NaN', '1e309': null, '1d': null, '0x1p3': null },
      float: { '1.5': '1.5', '1e39': null },
      boolean: { t: 'true', No: 'false', ' true': null, '2': null },
      date: { '2026-1-5': '2026-01-05', '2026-01-31 00:00:00': '2026-01-31', '2026-01-31 10:00': null },
      time: {
        '9:05': '09:05:00.000000',
        '23:59:59.9999999': '23:59:59.999999',
        '24:00:00': null,
        '12:00+02': null,
      },
      timestamp: {
        '2026-01-31T10:00': '2026-01-31 10:00:00.000000',
        '2026-01-31 10:00:00Z': null,
        '10:00': null,
      },
      timestamptz: {
        '2026-01-31 12:00:00.1234567 +02:00': '2026-01-31T10:00:00.123456Z',
        '2026-01-31 12:00:00 Europe/Paris': '2026-01-31T11:00:00.000000Z',
        ...{ '2026-02-30 00:00:00': null, '12:00': null, '2026-01-31 12:00:00+19:00': null },
      },
      uuid: {
        'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11': 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
        a0eebc99: null,
      },
      json: {
        '{"a": 1}': '{"a": 1}',
        null: 'null',
        '{} x': null,
        '1,2': null,
        '1] [2': null,
        "{'a':1}": null,
      },
      binary: { ü: 'c3bc' },
    };
    for (const [name, texts] of Object.entries(cases)) {
      const type = parseColumnType(name)!;
      const rows = Object.keys(texts).map((text) => `(${dialect.stringLiteral(text)})`);
      const bad = dialect.cannotCastFromFile('v', TEXT, type);
      const text = dialect.toText(dialect.castFromFile('v', TEXT, type), type);
      const read = await bench.db.run(
        `select v, case when not ${bad} then ${text} end as t from values ${rows.join(', ')} as texts(v)`,
      );
      expect(Object.fromEntries(read.map(({ v, t }) => [v, t])), name).toEqual(texts);
    }
    expect(
      await bench.db.run(
        `select ${dialect.cannotCastFromFile('cast(null as string)', TEXT, { kind: 'json' })} as a, ${dialect.cannotCastFromFile('date_from_unix_date(106751991)', { kind: 'date' }, { kind: 'timestamp' })} as b`,
      ),
    ).toEqual([{ a: false, b: true }]);
  }, 60_000);

  it('are refused beforehand where one column is enough to make them unreadable', async () => {
    const cases = [
      { expr: '0::integer', logical: timeOfDay('millis') },
      { expr: '0::bigint', logical: timeOfDay('nanos') },
      { expr: '0::bigint', logical: timeOfDay('micros', true) },
      { expr: 'uuid()' },
    ];
    for (const [i, { expr, logical }] of cases.entries()) {
      const path = await write(`unreadable${i}.parquet`, ['1', expr]);
      if (logical) await annotateColumns(path, { v1: logical });
      const { columns } = await footerOf(path);

      expect(dialect.unreadable(columns[1]!)).toMatch(/^open Spark reads/);
      await expect(bench.db.run(`select v0 from ${dialect.readFiles([path], [])}`)).rejects.toThrow(
        /PARQUET_TYPE_ILLEGAL/,
      );
    }
  });

  it('may have any name but one with a colon, and are named as they were given', async () => {
    const names = [
      'a b',
      'a+b',
      '50%',
      '%41',
      '%2B',
      'ü 🌊',
      'e\u0301',
      "it's",
      '"q"',
      '`tick`',
      '{a,b}',
      'a,b',
      '[a]',
      '*',
    ];
    const more = [
      '?',
      '$1',
      `${'$'}{spark.master}`,
      '#a',
      '&',
      'k=v',
      '^a',
      ' lead',
      'a;b',
      '(',
      '~',
      '@',
      'x=1/f',
      '*/[b]/{c}',
    ];
    const paths = [...names, ...more, 'a'].map((name) => join(bench.folder, 'names', `${name}.parquet`));
    const source = await write('one.parquet', ['1']);
    for (const path of [...paths, join(bench.folder, 'names', 'c:d.parquet')]) {
      await mkdir(dirname(path), { recursive: true });
      await copyFile(source, path);
    }

    const wanted = paths.slice(0, -1);
    const all = await bench.db.run(`select * from ${dialect.readFiles(wanted, [], 'the file')}`);
    expect(new Set(all.map((row) => row['the file']))).toEqual(new Set(wanted));
    expect(all).toHaveLength(wanted.length);
    const alone = wanted.map((path) => `select * from ${dialect.readFiles([path], [], 'f')}`);
    expect((await bench.db.run(alone.join(' union all '))).map(({ f }) => f).sort()).toEqual(
      [...wanted].sort(),
    );
    expect(dialect.unreadablePath(join(bench.folder, 'names', 'c:d.parquet'))).toBe('a colon');
  }, 120_000);

  it('may be a thousand in one list', async () => {
    const source = await write('small.parquet', ['1']);
    const paths = Array.from({ length: 1000 }, (_, i) => join(bench.folder, 'x=1', `20260101-${i}.parquet`));
    await mkdir(join(bench.folder, 'x=1'));
    for (const path of paths) await copyFile(source, path);

    expect(
      await bench.db.run(
        `select count(*) as n, count(distinct f) as files from ${dialect.readFiles(paths.slice(1), [], 'f')}`,
      ),
    ).toEqual([{ n: 999n, files: 999n }]);
    expect(
      await bench.db.run(`select * from ${dialect.readFiles(paths.slice(0, 2), [], 'f')} order by f`),
    ).toEqual(paths.slice(0, 2).map((f) => ({ v0: 1, f })));
  }, 120_000);
});
