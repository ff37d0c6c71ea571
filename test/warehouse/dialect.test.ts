import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ColumnType, formatColumnType, parseColumnType } from '../../lib/config/column-type.ts';
import { createDatabricksDialect } from '../../lib/engines/databricks/dialect.ts';
import type { NewColumn } from '../../lib/ports.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema, openTestSession, type TestSession } from './bench/test-session.ts';

const dialect = createDatabricksDialect('open-spark');
const CONFIGURATION = { ANSI_MODE: 'true', TIMEZONE: 'UTC' };

describeWithWarehouse('the Databricks dialect on Spark with Delta', (warehouse) => {
  const place = { catalog: 'spark_catalog', schema: freshSchema() };
  let db: TestSession;
  beforeAll(async () => {
    db = await openTestSession(warehouse(), { configuration: CONFIGURATION });
    await db.run(`create schema ${place.schema}`);
  }, 120_000);
  afterAll(() => db?.close());

  const ref = (name: string) => ({ ...place, name });
  const column = (name: string, type: ColumnType = { kind: 'string' }): NewColumn => ({ name, type });
  /** Values of one row, each an expression. */
  const values = async (exprs: readonly string[]): Promise<unknown[]> => {
    const [row] = await db.run(`select ${exprs.map((expr, i) => `${expr} as c${i}`).join(',\n')}`);
    return exprs.map((_, i) => row![`c${i}`]);
  };

  describe('names and texts', () => {
    const names = [
      "it's",
      '"q"',
      '`t`',
      '``',
      '; drop table x; --',
      '[a]*?',
      '{a,b}',
      'a.b',
      'Näme 名',
      '\\',
    ];
    const more = ['%', '--', '$1', 'select', ' ', ':x', '?', '(', 'a=b', '/*'];

    it('of any kind mean themselves as columns, layout and literals', async () => {
      const hostile = [...names, ...more];
      const table = dialect.tableName(ref('hostile'));
      const clusterBy = ["it's", '`t`', '{a,b}', 'Näme 名'];
      const comment = `it's \\ ${'$'}{spark.master}\n🌊`;

      await db.run(
        dialect.createTable({
          ref: ref('hostile'),
          columns: hostile.map((n) => column(n)),
          clusterBy,
          comment,
        }),
      );
      await db.run(
        `insert into ${table} (${hostile.map(dialect.quoteIdentifier).join(', ')}) values (${hostile.map(dialect.stringLiteral).join(', ')})`,
      );

      expect(await db.run(`select * from ${table}`)).toEqual([
        Object.fromEntries(hostile.map((name) => [name, name])),
      ]);
      expect((await db.run(`describe table ${table}`)).slice(0, hostile.length)).toEqual(
        hostile.map((col_name) => ({ col_name, data_type: 'string', comment: null })),
      );
      const [detail] = await db.run(`describe detail ${table}`);
      expect(detail).toMatchObject({
        clusteringColumns: clusterBy.map(dialect.quoteIdentifier),
        description: comment,
      });
    }, 120_000);

    it('come back from a literal letter by letter', async () => {
      const texts = [
        "\\'",
        '\\u0041',
        '${spark.master}',
        ':name ?',
        'a\nb\r\tc',
        '🌊\u2028',
        '\\%_',
        "''",
        '$',
        '',
      ];
      expect(await values(texts.map(dialect.stringLiteral))).toEqual(texts);
    });

    it('take in a column whose name parquet cannot hold, and a wall clock, on a table that others made', async () => {
      const table = { ref: ref('plain') };
      await db.run(`create table ${dialect.tableName(table.ref)} (id string) using delta`);

      for (const statement of dialect.addColumns(table.ref, [
        column('a b', { kind: 'timestamp' }),
        column('c'),
      ]))
        await db.run(statement);

      expect((await db.run(`select * from ${dialect.tableName(table.ref)}`)).length).toBe(0);
      expect((await db.run(`describe table ${dialect.tableName(table.ref)}`))[1]).toEqual({
        col_name: 'a b',
        data_type: 'timestamp_ntz',
        comment: null,
      });
    }, 60_000);
  });

  it('a table is replaced whole, whether it was there or not, also by one with hostile names', async () => {
    const of = (...names: string[]) => ({
      ...{ ref: ref('replaced'), clusterBy: names.slice(0, 1), comment: 'replaced' },
      columns: names.map((name) => column(name)),
    });
    const replace = async (...names: string[]): Promise<unknown> => {
      const values = names.map((name, i) => `'${i}' as ${dialect.quoteIdentifier(name)}`);
      await db.run(dialect.replaceTable(of(...names), `select ${values.join(', ')}`));
      return (await db.run(`select * from ${dialect.tableName(ref('replaced'))}`))[0];
    };

    expect(await replace('id')).toEqual({ id: '0' });
    expect(await replace('id', 'b')).toEqual({ id: '0', b: '1' });
    expect(await replace('a b', 'b')).toEqual({ 'a b': '0', b: '1' });
    expect(await replace('a b', 'c,d')).toEqual({ 'a b': '0', 'c,d': '1' });
    await db.run(`drop table ${dialect.tableName(ref('replaced'))}`);
    expect(await replace('a b')).toEqual({ 'a b': '0' });
  }, 120_000);

  it('a view shows another select and keeps what a person set on it, and is made where it is gone', async () => {
    const name = dialect.tableName(ref('seen'));
    const show = async (select: string): Promise<unknown> => {
      for (const statement of dialect.replaceView(ref('seen'), select)) await db.run(statement);
      return await db.run(`select * from ${name}`);
    };
    expect(await show("select '1' as a")).toEqual([{ a: '1' }]);
    await db.run(`alter view ${name} set tblproperties ('team' = 'sales')`);

    expect(await show("with it as (select '2' as a) select a, '3' as b from it")).toEqual([
      { a: '2', b: '3' },
    ]);
    expect(await db.run(`show tblproperties ${name} ('team')`)).toEqual([{ key: 'team', value: 'sales' }]);
  }, 60_000);

  it('a table of many columns has statistics of its keys and of what the history added', async () => {
    const others = Array.from({ length: 40 }, (_, i) => column(`c${i}`));
    const added = Array.from({ length: 8 }, (_, i) =>
      column(`h${i}`, { kind: i === 0 ? 'boolean' : 'date' }),
    );
    const columns = [...others, column("it's, id"), ...added];
    await db.run(dialect.createTable({ ref: ref('wide'), columns, clusterBy: ["it's, id"], comment: '' }));
    const table = dialect.tableName(ref('wide'));

    await db.run(`insert into ${table} (\`it's, id\`, h7, c39) values ('7', date '2026-01-31', 'x')`);

    const [detail] = await db.run(`describe detail ${table}`);
    const log = `${String(detail!.location).replace('file:', '')}/_delta_log/00000000000000000001.json`;
    const [stats] = await db.run(
      `select get_json_object(add.stats, '$.minValues') as least from json.\`${log}\` where add is not null`,
    );
    expect(Object.values(JSON.parse(String(stats!.least)))).toEqual(['7', '2026-01-31']);
  }, 60_000);

  it('every logical type comes back from the type that stores it, and every comment', async () => {
    const types = [
      'int8',
      'int16',
      'int32',
      'int64',
      'decimal(1,0)',
      'decimal(38,38)',
      'float',
      'double',
      'boolean',
    ].concat(['date', 'timestamp', 'timestamptz', 'string', 'binary']);
    const columns = types.map((type, i) => ({ name: `c${i}`, type: parseColumnType(type)!, comment: type }));
    await db.run(dialect.createTable({ ref: ref('types'), columns, clusterBy: ['c0'], comment: '' }));

    const described = (await db.run(`describe table ${dialect.tableName(ref('types'))}`)).slice(
      0,
      types.length,
    );

    expect(described.map((row) => formatColumnType(dialect.parseColumnType(String(row.data_type))!))).toEqual(
      types,
    );
    expect(described.map((row) => row.comment)).toEqual(types);
  }, 60_000);

  describe('canonical text', () => {
    const INSTANT = { kind: 'timestamptz' } as const;
    const text = (type: string, ...exprs: string[]): Promise<unknown[]> =>
      values(exprs.map((expr) => dialect.toText(expr, parseColumnType(type)!)));

    it('of moments reaches from the first to the last microsecond that 64 bits hold', async () => {
      const micros = [
        '-9223372036854775808',
        '-62135596800000001',
        '-62135596800000000',
        '253402300800000000',
      ];
      const moments = [...micros, '9223372036854775807'].map((us) => `timestamp_micros(${us})`);
      const expected = [
        '290309-12-21T19:59:05.224192Z BC',
        '0001-12-31T23:59:59.999999Z BC',
        '0001-01-01T00:00:00.000000Z',
        '10000-01-01T00:00:00.000000Z',
        '294247-01-10T04:00:54.775807Z',
      ];
      expect(await text('timestamptz', ...moments)).toEqual(expected);
      expect(await text('timestamp', ...moments.map((m) => `cast(${m} as timestamp_ntz)`))).toEqual(
        expected.map((one) => one.replace('T', ' ').replace('Z', '')),
      );
      const literal = dialect.instantLiteral('2026-03-29T01:30:00.123456Z');
      expect(await values([dialect.toText(literal, INSTANT)])).toEqual(['2026-03-29T01:30:00.123456Z']);
    });

    it('of days reaches as far as 32 bits', async () => {
      const days = ['-2147483648', '-719163', '-719162', '2932897', '2147483647'];
      expect(await text('date', ...days.map((day) => `date_from_unix_date(${day})`))).toEqual([
        '5877642-06-23 BC',
        '0001-12-31 BC',
        '0001-01-01',
        '10000-01-01',
        '5881580-07-11',
      ]);
    });

    it('of decimals has every digit, and a zero before the point', async () => {
      const of = (type: string, value: string) => text(type, `cast('${value}' as ${type})`);
      expect(await of('decimal(38,38)', '-0.00000000000000000000000000000000000001')).toEqual([
        '-0.00000000000000000000000000000000000001',
      ]);
      expect(await of('decimal(38,38)', '0')).toEqual([`0.${'0'.repeat(38)}`]);
      expect(await of('decimal(38,0)', `-${'9'.repeat(38)}`)).toEqual([`-${'9'.repeat(38)}`]);
    });

    it('of floating values is what other engines print', async () => {
      const doubles = [
        '0',
        '-0.0',
        '0.0001',
        '0.00001',
        '-1.0065e-19',
        '10000000',
        '123456789.125',
        '9999999999999998',
      ];
      const more = ['1e16', '1.5e300', '1.7976931348623157e308', 'NaN', 'Infinity', '-Infinity'];
      expect(await text('double', ...[...doubles, ...more].map((x) => `cast('${x}' as double)`))).toEqual(
        [
          '0.0',
          '-0.0',
          '0.0001',
          '1e-05',
          '-1.0065e-19',
          '10000000.0',
          '123456789.125',
          '9999999999999998.0',
        ].concat(['1e+16', '1.5e+300', '1.7976931348623157e+308', 'NaN', 'Infinity', '-Infinity']),
      );
      expect(await text('float', `cast('3.4028235e38' as float)`, `cast('1.5' as float)`)).toEqual([
        '3.4028235e+38',
        '1.5',
      ]);
    });

    it('of the rest, and of null', async () => {
      expect(await text('binary', "x'00FFab'", "x''", 'cast(null as binary)')).toEqual(['00ffab', '', null]);
      expect(await text('int8', 'cast(-128 as tinyint)')).toEqual(['-128']);
      expect(await text('boolean', 'true', 'cast(null as boolean)')).toEqual(['true', null]);
      for (const type of ['double', 'date', 'timestamp', 'timestamptz', 'decimal(38,38)', 'string'])
        expect(await text(type, `cast(null as ${dialect.columnType(parseColumnType(type)!)})`)).toEqual([
          null,
        ]);
    });
  });

  it('bucket spreads rows evenly over its numbers, whatever the type of the values', async () => {
    const bucket = dialect.bucket(['id', "concat('ä', id)", 'cast(null as date)'], 8);
    const rows = await db.run(
      `select cast(${bucket} as string) b, count(*) between 1000 and 1500 even from range(10000) group by 1 order by 1`,
    );

    expect(rows).toEqual(Array.from({ length: 8 }, (_, number) => ({ b: String(number), even: true })));
  });

  it('fragments do what their names say', async () => {
    const yes = (expr: string): string => `cast(${expr} as string)`;
    expect(
      await values([
        ...[
          ['null', 'null'],
          ['null', '1'],
          ['1', '1'],
          ["double('NaN')", "double('NaN')"],
        ].map(([a, b]) => yes(dialect.isDistinct(a!, b!))),
        dialect.padLeft("'12'", 5),
        yes(dialect.matches("'a1'", '^[a-z][0-9]$')),
        yes(dialect.matches(dialect.stringLiteral('a1\n'), '^[a-z][0-9]$')),
        dialect.sha256("'abc'"),
        dialect.toText(dialect.instantFromText("'2026-01-31 10:00:00.123456'", 'error'), {
          kind: 'timestamptz',
        }),
        dialect.toText(dialect.instantFromText("'2026-02-30 10:00:00'", 'null'), { kind: 'timestamptz' }),
      ]),
    ).toEqual([
      ...['false', 'true', 'false', 'false', '00012', 'true', 'false'],
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      ...['2026-01-31T10:00:00.123456Z', null],
    ]);
    const exploded = dialect.explode(dialect.array(["'a'", "'b'"]), '`v`');
    expect(await db.run(`select k, v from (select 'x' as k) t ${exploded}`)).toEqual([
      { k: 'x', v: 'a' },
      { k: 'x', v: 'b' },
    ]);
    await expect(
      db.run(`select ${dialect.instantFromText("'2026-02-30 10:00:00'", 'error')}`),
    ).rejects.toMatchObject({ response: { sqlState: '22018' } });
  });
});
