import { copyFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FileColumn } from '../../lib/changes/change-file.ts';
import { storageTypeOf } from '../../lib/changes/type-fit.ts';
import type { Column, ColumnType } from '../../lib/config/column-type.ts';
import { createDatabricksDialect } from '../../lib/engines/databricks/dialect.ts';
import { storedSchema } from '../../lib/engines/databricks/stored-columns.ts';
import { renderFileChecks, renderFileProbe } from '../../lib/history/file-checks.ts';
import { renderFindKey } from '../../lib/history/find-key.ts';
import { renderFileRows, groupFiles } from '../../lib/history/read-changes.ts';
import type { Dialect } from '../../lib/ports.ts';
import { annotateColumns, timeOfDay } from '../helpers/annotate-parquet.ts';
import { footerOf } from '../helpers/footer-of.ts';
import { statementTable } from '../helpers/history-statements.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import type { Row } from './bench/test-session.ts';
import { type FileBench, openFileBench } from './file-bench.ts';

const databricks = createDatabricksDialect('databricks');
const openSpark = createDatabricksDialect('open-spark');
const PLACE = { catalog: 'spark_catalog', schema: 'main', files: '', hostileTable: 'x' };
const TEXT: ColumnType = { kind: 'string' };
const HOSTILE = 'it\'s `t`; -- "名" a.b';

/** Types that DuckDB does not write: the type of the bytes, on which an annotation is put afterwards. */
const UNITS = { millis: 'integer', nanos: 'bigint', utc: 'bigint' } as const;
const CHANGE = [
  { name: 'Op', type: 'varchar' },
  { name: 'tx_commit_time', type: 'varchar' },
  { name: 'change_seq', type: 'varchar' },
  { name: 'id', type: 'integer' },
];

describeWithWarehouse('columns that Spark reads only as they are stored', (warehouse) => {
  let bench: FileBench;
  beforeAll(async () => {
    bench = await openFileBench(warehouse(), 'stored');
  }, 120_000);
  afterAll(() => bench?.close());

  /** Writes a change file; each row of `rows` is the DuckDB expressions of the columns. A unit is put on a number. */
  const write = async (
    file: string,
    columns: readonly { readonly name: string; readonly type: string }[],
    rows: readonly (readonly string[])[],
  ) => {
    const path = join(bench.folder, file);
    const all = [...CHANGE, ...columns];
    const stored = ({ type }: { type: string }) => UNITS[type as keyof typeof UNITS] ?? type;
    const select = all.map(
      (column, i) => `c${i}::${stored(column)} as "${column.name.replaceAll('"', '""')}"`,
    );
    const values = rows.map(
      (row, i) => `('I', '2026-01-01 00:00:0${i}.000001', lpad('${i}', 35, '0'), ${i}, ${row.join(', ')})`,
    );
    const from = `(values ${values.join(', ')}) as v(${all.map((_, i) => `c${i}`).join(', ')})`;
    // Repeated, so that the writer makes dictionaries.
    await bench.duckdb.execute(
      `copy (select ${select.join(', ')} from ${from}, range(50)) to '${path}' (format parquet)`,
    );
    const units = { millis: timeOfDay('millis'), nanos: timeOfDay('nanos'), utc: timeOfDay('micros', true) };
    const annotated = columns.filter(({ type }) => type in units);
    await annotateColumns(
      path,
      Object.fromEntries(annotated.map(({ name, type }) => [name, units[type as keyof typeof units]])),
    );
    const { columns: found } = await footerOf(path);
    return { enginePath: path, columns: found };
  };
  type Written = Awaited<ReturnType<typeof write>>;

  /** Runs SQL made for Databricks: a read that names types becomes one of a view with these types. */
  const runAsDatabricks = async (sql: string, files: readonly Written[]): Promise<Row[]> => {
    const typed = new Set<number>();
    const text = sql.replaceAll(/read_files\(\s*('(?:[^'\\]|\\.)*'),.*?\n *\)/gs, (call, path: string) => {
      const at = files.findIndex(({ enginePath }) => databricks.stringLiteral(enginePath) === path);
      const { enginePath, columns } = files[at]!;
      const named = call.includes(`schema => ${databricks.stringLiteral(storedSchema(columns))}`);
      if (named) typed.add(at);
      return named ? `stored_${at}` : openSpark.readFiles([enginePath], columns);
    });
    for (const at of typed) {
      const { enginePath, columns } = files[at]!;
      const path = databricks.stringLiteral(enginePath);
      await bench.db.run(
        `create or replace temporary view stored_${at} (${storedSchema(columns)}) using parquet options (path ${path})`,
      );
    }
    expect(typed.size).toBeGreaterThan(0);
    return await bench.db.run(text);
  };

  const asText = (dialect: Dialect, { columns, enginePath }: Written, names: readonly string[]): string => {
    const exprs = names.map((name, i) => {
      const { type } = columns.find((column) => column.name === name)!;
      const to = storageTypeOf(type);
      return `${dialect.toText(dialect.castFromFile(dialect.quoteIdentifier(name), type, to), to)} as v${i}`;
    });
    return `select distinct id, ${exprs.join(', ')} from ${dialect.readFiles([enginePath], columns)} order by id`;
  };
  const valuesOf = (rows: readonly Row[]): unknown[][] =>
    rows.map(({ id: _id, ...values }) => Object.values(values));

  it('have the values they stand for on Databricks, beside columns of every other type', async () => {
    const cases: readonly (readonly [
      name: string,
      type: string,
      values: readonly [string, string],
      texts: readonly [string, string],
    ])[] = [
      ['ms', 'millis', ['0', '86399999'], ['00:00:00.000000', '23:59:59.999000']],
      ['us', 'time', ["'00:00:00'", "'23:59:59.999999'"], ['00:00:00.000000', '23:59:59.999999']],
      ['utc', 'utc', ['1', '86399999999'], ['00:00:00.000001', '23:59:59.999999']],
      ['ns', 'nanos', ['1999', '86399999999999'], ['00:00:00.000001', '23:59:59.999999']],
      [HOSTILE, 'millis', ['1', '43200500'], ['00:00:00.001000', '12:00:00.500000']],
      [
        'on ns',
        'timestamp_ns',
        ["'1969-12-31 23:59:59.999999999'", "'1970-01-01 00:00:00.000001999'"],
        ['1969-12-31 23:59:59.999999', '1970-01-01 00:00:00.000001'],
      ],
      [
        'early',
        'timestamp_ns',
        ["'1677-09-21 00:12:43.145225'", "'1969-12-31 23:59:59.999998'"],
        ['1677-09-21 00:12:43.145225', '1969-12-31 23:59:59.999998'],
      ],
      [
        'guid',
        'uuid',
        ["'6F2C8E9A-0B1D-4C3E-8F4A-5B6C7D8E9F00'", "'00000000-0000-0000-0000-000000000000'"],
        ['6f2c8e9a-0b1d-4c3e-8f4a-5b6c7d8e9f00', '00000000-0000-0000-0000-000000000000'],
      ],
      ['u8', 'utinyint', ['0', '255'], ['0', '255']],
      ['u16', 'usmallint', ['0', '65535'], ['0', '65535']],
      ['u32', 'uinteger', ['0', '4294967295'], ['0', '4294967295']],
      ['u64', 'ubigint', ['0', '18446744073709551615'], ['0', '18446744073709551615']],
      ['i8', 'tinyint', ['-128', '127'], ['-128', '127']],
      ['i16', 'smallint', ['-32768', '32767'], ['-32768', '32767']],
      ['i64', 'bigint', ['-9223372036854775808', '1'], ['-9223372036854775808', '1']],
      ['d4', 'decimal(4,2)', ['-1.5', '0.01'], ['-1.50', '0.01']],
      ['d18', 'decimal(18,18)', ['-0.5', '0'], ['-0.500000000000000000', '0.000000000000000000']],
      ['d38', 'decimal(38,0)', ["'9e37'", '-1'], [`9${'0'.repeat(37)}`, '-1']],
      ['day', 'date', ["'0001-01-01'", "'9999-12-31'"], ['0001-01-01', '9999-12-31']],
      [
        'wall',
        'timestamp',
        ["'1500-01-01 00:00:00.000001'", "'9999-12-31 23:59:59.999999'"],
        ['1500-01-01 00:00:00.000001', '9999-12-31 23:59:59.999999'],
      ],
      [
        'wall ms',
        'timestamp_ms',
        ["'1969-12-31 23:59:59.999'", "'2026-01-01'"],
        ['1969-12-31 23:59:59.999000', '2026-01-01 00:00:00.000000'],
      ],
      [
        'instant',
        'timestamptz',
        ["'1969-12-31 23:59:59.999999+00'", "'2026-01-01 00:00:00+01'"],
        ['1969-12-31T23:59:59.999999Z', '2025-12-31T23:00:00.000000Z'],
      ],
      ['text', 'varchar', ["''", "'ü 🌊'"], ['', 'ü 🌊']],
      ['js', 'json', [`'{"a":1}'`, "'null'"], ['{"a":1}', 'null']],
      ['bytes', 'blob', ["''", "'\\xFF\\x00'"], ['', 'ff00']],
      ['yes', 'boolean', ['true', 'false'], ['true', 'false']],
      ['f', 'float', ['0.1', '-1.5'], ['0.1', '-1.5']],
      ['d', 'double', ['0.1', "'nan'"], ['0.1', 'NaN']],
    ];
    const columns = cases.map(([name, type]) => ({ name, type }));
    const values = [0, 1].map((row) =>
      cases.map(([, type, both]) => `cast(${both[row]!} as ${UNITS[type as keyof typeof UNITS] ?? type})`),
    );
    const file = await write('all.parquet', columns, [...values, cases.map(() => 'null')]);
    const names = cases.map(([name]) => name);

    const rows = await runAsDatabricks(asText(databricks, file, names), [file]);

    const texts = [0, 1].map((row) => cases.map(([, , , both]) => both[row]!));
    expect(valuesOf(rows)).toEqual([...texts, cases.map(() => null)]);
    const probe = await runAsDatabricks(renderFileProbe(databricks, file), [file]);
    expect(Object.values(probe[0]!)[0]).toBe('150');
  });

  it('may stand beside instants of old files, which have a type of their own', async () => {
    const path = join(bench.folder, 'int96.parquet');
    await copyFile(resolve('test/samples/int96.parquet'), path);
    const plain = { enginePath: path, columns: (await footerOf(path)).columns };
    const wall: ColumnType = { kind: 'timestamp' };
    const select = (of: Written): string => {
      const text = databricks.toText(databricks.castFromFile('created_at', wall, wall), wall);
      return `select ${text} as t from ${databricks.readFiles([path], of.columns)} order by change_seq`;
    };
    const expected = await bench.db.run(
      select(plain).replace(/read_files\(.*\n *\)/s, `parquet.\`${path}\``),
    );

    await annotateColumns(path, { qty: timeOfDay('millis') });
    const file = { enginePath: path, columns: (await footerOf(path)).columns };

    expect(expected).toHaveLength(400);
    expect(await runAsDatabricks(select(file), [file])).toEqual(expected);
  });

  it('are one column of the history, whichever unit a file has, and null where it has none', async () => {
    const at = { name: 'at', type: 'millis' };
    const files = [
      await write('ms.parquet', [at], [['1500'], ['null']]),
      await write('us.parquet', [{ ...at, type: 'time' }], [["time '00:00:01.500001'"]]),
      await write('ns.parquet', [{ ...at, type: 'nanos' }], [['1500000999']]),
      await write('text.parquet', [{ ...at, type: 'varchar' }], [["'00:00:01.5'"]]),
      await write('none.parquet', [{ name: 'other', type: 'millis' }], [['1']]),
    ];
    const history = (type: ColumnType): readonly Column[] => [
      { name: 'id', type: { kind: 'int', bits: 32 } },
      { name: 'at', type },
    ];
    const read = async (type: ColumnType): Promise<unknown[]> => {
      const rows = renderFileRows(databricks, statementTable(PLACE, {}, history(type)), groupFiles(files));
      const found = await runAsDatabricks(
        `select distinct at from (\n${rows}\n) order by at nulls last`,
        files,
      );
      return found.map((row) => row.at);
    };

    expect(await read({ kind: 'time' })).toEqual(['00:00:01.500000', '00:00:01.500001', null]);
    expect(await read(TEXT)).toEqual(['00:00:01.5', '00:00:01.500000', '00:00:01.500001', null]);
  });

  it('are refused where a time is none of a day, which is no time at all then', async () => {
    const at = (type: string, ...values: readonly string[]) =>
      write(`${type}.parquet`, [{ name: HOSTILE, type }], [...values.map((value) => [value]), ['null']]);
    const files = [
      await at('millis', '-1', '0', '86399999', '86400000'),
      await at('utc', '-1', '0', '86399999999', '86400000000'),
      await at('nanos', '-1', '0', '86399999999999', '86400000000000'),
    ];
    const refused = databricks.cannotCastFromFile(
      databricks.quoteIdentifier(HOSTILE),
      { kind: 'time' },
      TEXT,
    );

    for (const file of files) {
      const sql = asText(databricks, file, [HOSTILE]).replace(' from ', `, ${refused} as refused from `);
      const rows = await runAsDatabricks(sql, [file]);

      expect(rows.map((row) => row.refused)).toEqual([true, false, false, true, false]);
      expect(rows.map((row) => row.v0)).toEqual([
        '',
        '00:00:00.000000',
        expect.stringMatching(/^23:59:59[.]999/),
        '',
        null,
      ]);
    }
  });

  it('are read by open Spark where it knows the type, by the same names and with the name of the file', async () => {
    const columns = [
      { name: HOSTILE, type: 'time' },
      { name: 'on', type: 'timestamp_ns' },
      { name: 'select', type: 'timestamp_ns' },
    ];
    const rows = [
      ["time '00:00:00'", "'1969-12-31 23:59:59.999999999'::timestamp_ns", 'null'],
      ["time '23:59:59.999999'", 'null', "'1677-09-21 00:12:43.145225'::timestamp_ns"],
      ['null', "'1970-01-01 00:00:00.000001999'::timestamp_ns", 'null'],
      ["time '10:05:00.5'", 'null', 'null'],
    ];
    const file = await write('open.parquet', columns, rows);
    const names = columns.map(({ name }) => name);

    expect(file.columns.map((column) => openSpark.unreadable(column))).toEqual(file.columns.map(() => null));
    expect(valuesOf(await bench.db.run(asText(openSpark, file, names)))).toEqual([
      ['00:00:00.000000', '1969-12-31 23:59:59.999999', null],
      ['23:59:59.999999', null, '1677-09-21 00:12:43.145225'],
      [null, '1970-01-01 00:00:00.000001', null],
      ['10:05:00.500000', null, null],
    ]);
    const named = openSpark.readFiles([file.enginePath], file.columns, 'the file');
    expect(await bench.db.run(`select distinct ${'`the file`'} as f from ${named}`)).toEqual([
      { f: file.enginePath },
    ]);
  });

  it('may be a key: checked, probed and looked for by the text they stand for', async () => {
    const at: FileColumn = { name: HOSTILE, type: { kind: 'time' } };
    const rows = [["time '00:00:00'"], ["time '23:59:59.999999'"], ['null']];
    const file = await write('key.parquet', [{ name: HOSTILE, type: 'time' }], rows);
    const column: Column = { name: HOSTILE, type: TEXT };
    const table = statementTable(PLACE, { keys: [HOSTILE] }, [column]);

    const [check] = await bench.db.run(renderFileChecks(openSpark, table, [file]));
    const [probe] = await bench.db.run(renderFileProbe(openSpark, file));
    const value = { column, text: '23:59:59.999999' };
    const found = await bench.db.run(
      renderFindKey(openSpark, {
        enginePaths: [file.enginePath],
        columns: file.columns,
        keys: [{ value, now: at, before: null }],
      }),
    );

    expect(Object.values(check!).slice(0, 6)).toEqual([file.enginePath, '150', '150', '0', '0', '50']);
    expect(Object.values(probe!)[0]).toBe('150');
    expect(found.map((row) => Object.values(row))).toEqual([[file.enginePath, '50']]);
  });
});
