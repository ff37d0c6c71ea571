import { afterAll, beforeAll, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import type { Engine, TableRef, TextRow } from '../../lib/ports.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema } from './bench/test-session.ts';
import { openEngine } from './open-engine.ts';

describeWithWarehouse('the Databricks engine', (warehouse) => {
  const schema = freshSchema();
  const ref = (name: string): TableRef => ({ catalog: 'spark_catalog', schema, name });
  const nameOf = (name: string) => engine.dialect.tableName(ref(name));
  let engine: Engine;

  beforeAll(async () => {
    engine = await openEngine(warehouse());
    await engine.execute(`create schema ${schema}`);
    await engine.execute(`create table ${nameOf('t')} (id bigint, v string) using delta`);
  }, 120_000);
  afterAll(() => engine?.close());

  it('gives the rows of a query as text, in the order of the columns, nulls and all', async () => {
    const rows = await engine.query(
      `select cast(id as string) as \`2\`, if(id = 1, null, 'ünï🎉\\n') as \`a.b\`, null as \`1\`, '' as \`x "y"\`
       from range(3) order by id`,
    );

    expect(rows).toEqual([
      ['0', 'ünï🎉\n', null, ''],
      ['1', null, null, ''],
      ['2', 'ünï🎉\n', null, ''],
    ]);
  });

  it('gives no rows for a query without any, and for a statement without a result', async () => {
    expect(await engine.query("select 'x' as x where false")).toEqual([]);
    expect(await engine.query(`create schema if not exists ${schema}`)).toEqual([]);
  });

  it.each([
    'select 1 as one',
    'select true as yes where false',
    'select timestamp_ntz "2020-01-01 00:00:00" as n',
  ])('refuses a column that is no text: %s', async (sql) => {
    await expect(engine.query(sql)).rejects.toMatchObject({ name: 'TerminalError', code: 'QUERY_NOT_TEXT' });
  });

  it('refuses columns that the driver cannot tell apart', async () => {
    await expect(engine.query("select 'a' as x, 'b' as x")).rejects.toMatchObject({
      code: 'QUERY_COLUMNS_ALIKE',
    });
    await expect(engine.query("select 'a' as `__proto__`")).rejects.toMatchObject({
      code: 'QUERY_COLUMNS_ALIKE',
    });
  });

  it('counts what a merge, an update and a delete changed, and nothing where the server counts nothing', async () => {
    await engine.execute(`create table ${nameOf('counted')} (id bigint, v string) using delta`);
    expect(
      await engine.execute(`insert into ${nameOf('counted')} values (1, 'a'), (2, 'b'), (3, 'c')`),
    ).toEqual({});
    expect(
      await engine.execute(
        `merge into ${nameOf('counted')} t
         using (select * from values (1, 'z'), (2, null), (4, 'd'), (5, 'e') as s (id, v)) s on t.id <=> s.id
         when matched and s.v is null then delete when matched then update set v = s.v
         when not matched then insert (id, v) values (s.id, s.v)`,
      ),
    ).toEqual({ changed: 4, inserted: 2, updated: 1, deleted: 1 });
    expect(await engine.execute(`update ${nameOf('counted')} set v = 'u' where id > 3`)).toEqual({
      changed: 2,
    });
    expect(await engine.execute(`delete from ${nameOf('counted')} where id = 77`)).toEqual({ changed: 0 });
  }, 120_000);

  it('tells the columns of a table in order and by type, whatever they are called', async () => {
    await engine.execute(
      `create table ${nameOf('shaped')} (id bigint not null, price decimal(38, 18), f float, d double, b binary,
         s string comment 'it\\'s', n timestamp_ntz, ts timestamp, day date, yes boolean, t1 tinyint, t2 smallint, t4 int,
         \`odd "x", n\` string, \`# Partition Information\` string, \`ünï\` string)
       using delta partitioned by (day, \`ünï\`)
       tblproperties ('delta.feature.timestampNtz' = 'supported', 'delta.columnMapping.mode' = 'name')`,
    );

    expect(await engine.columns(ref('shaped'))).toEqual([
      { name: 'id', type: { kind: 'int', bits: 64 } },
      { name: 'price', type: { kind: 'decimal', precision: 38, scale: 18 } },
      { name: 'f', type: { kind: 'float' } },
      { name: 'd', type: { kind: 'double' } },
      { name: 'b', type: { kind: 'binary' } },
      { name: 's', type: { kind: 'string' } },
      { name: 'n', type: { kind: 'timestamp' } },
      { name: 'ts', type: { kind: 'timestamptz' } },
      { name: 'day', type: { kind: 'date' } },
      { name: 'yes', type: { kind: 'boolean' } },
      { name: 't1', type: { kind: 'int', bits: 8 } },
      { name: 't2', type: { kind: 'int', bits: 16 } },
      { name: 't4', type: { kind: 'int', bits: 32 } },
      { name: 'odd "x", n', type: { kind: 'string' } },
      { name: '# Partition Information', type: { kind: 'string' } },
      { name: 'ünï', type: { kind: 'string' } },
    ]);
  }, 60_000);

  it('knows no columns of a table or a schema that is not there, and refuses a type that no history has', async () => {
    expect(await engine.columns(ref('nothing'))).toBeNull();
    expect(await engine.columns({ ...ref('t'), schema: 'no_such_schema' })).toBeNull();

    await engine.execute(`create table ${nameOf('foreign')} (id bigint, tags array<string>) using delta`);
    await expect(engine.columns(ref('foreign'))).rejects.toMatchObject({
      code: 'COLUMN_TYPE_FOREIGN',
      message: expect.stringContaining('column tags has type array<string>'),
    });
  }, 60_000);

  it('streams every row of a large result in blocks, other statements going on meanwhile', async () => {
    let rows = 0;
    let blocks = 0;
    let last: TextRow = [];
    for await (const block of engine.stream(
      "select cast(id as string) as id, repeat('x', 100) as filler from range(0, 60000, 1, 1)",
    )) {
      rows += block.length;
      blocks += 1;
      last = block.at(-1) ?? [];
      if (blocks === 1) expect(await engine.query("select 'meanwhile' as m")).toEqual([['meanwhile']]);
    }

    expect({ rows, last: last[0] }).toEqual({ rows: 60_000, last: '59999' });
    expect(blocks).toBeGreaterThanOrEqual(6);
  }, 60_000);

  it('streams no block of no rows, and can be left early', async () => {
    const none = [];
    for await (const block of engine.stream("select 'x' as x where false")) none.push(block);
    expect(none).toEqual([]);

    for await (const block of engine.stream('select cast(id as string) as id from range(1000000)')) {
      expect(block[0]).toEqual(['0']);
      break;
    }
    expect(await engine.query("select 'after' as a")).toEqual([['after']]);
  }, 60_000);

  it('reads a pinned table as it was when it was first asked for, however often', async () => {
    await engine.execute(`create table ${nameOf('pinned')} (id bigint) using delta`);
    await engine.execute(`insert into ${nameOf('pinned')} values (1)`);
    const count = (from: string) => engine.query(`select cast(count(*) as string) as n from ${from}`);

    const seen = await engine.pinned(async (session, relation) => {
      const first = await relation(ref('pinned'));
      await engine.execute(`insert into ${nameOf('pinned')} values (2)`);
      const [one] = await session.query(`select cast(count(*) as string) as n from ${first}`);
      return { first, again: await relation(ref('pinned')), rows: one };
    });

    expect(seen).toEqual({
      first: `${nameOf('pinned')} version as of 1`,
      again: `${nameOf('pinned')} version as of 1`,
      rows: ['1'],
    });
    expect(await count(nameOf('pinned'))).toEqual([['2']]);
    await expect(engine.pinned((_, relation) => relation(ref('nothing')))).rejects.toMatchObject({
      code: 'TABLE_MISSING',
    });
  }, 120_000);

  it('runs work in a transaction as it is, for there are none', async () => {
    expect(await engine.transaction((session) => session.query("select 'x' as x"))).toEqual([['x']]);
  });

  it('leaves a record of who asked, for which table and batch, in one session used again', async () => {
    const log = (await openEngine(warehouse())).tagged({ table: `long,:\\${'x'.repeat(200)}` });
    await log.query("select 'before' as remembered");
    await log.tagged({ batchId: 9007199254740993n }).query("select 'tagged' as remembered");
    await log.close();

    const records = warehouse().statements.filter(({ sql }) => sql.endsWith('as remembered'));
    const common = {
      sessionConf: expect.objectContaining({ TIMEZONE: 'UTC', ANSI_MODE: 'true', STATEMENT_TIMEOUT: '300' }),
      userAgent: expect.stringContaining(`tidemark/${packageJson.version}`),
      outcome: 'finished',
    };
    const table = `long,:\\${'x'.repeat(121)}`;
    expect(records).toMatchObject([
      { ...common, queryTags: { tidemark: packageJson.version, table } },
      { ...common, queryTags: { tidemark: packageJson.version, table, batch_id: '9007199254740993' } },
    ]);
    expect(new Set(records.map(({ sessionId }) => sessionId)).size).toBe(1);
    await expect(log.query("select 'late' as x")).rejects.toMatchObject({ code: 'ENGINE_CLOSED' });
  });

  it('takes instants for UTC and checks casts, whatever the server is set to', async () => {
    expect(
      await engine.query(
        "select cast(timestamp '2020-06-01 12:00:00' = timestamp '2020-06-01T12:00:00Z' as string) as same",
      ),
    ).toEqual([['true']]);
    const error = await engine
      .query("select cast(cast('secret' as int) as string) as x")
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'FileReadError', code: 'FILE_READ_FAILED' });
    expect(error.message).not.toContain('secret');
  });
});
