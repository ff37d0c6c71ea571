import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema, openTestSession, type TestSession } from './bench/test-session.ts';

describeWithWarehouse('a warehouse seen through the real driver', (warehouse) => {
  const schema = freshSchema();
  let db: TestSession;

  beforeAll(async () => {
    db = await openTestSession(warehouse());
    await db.run(`create schema ${schema}`);
  }, 120_000);
  afterAll(() => db?.close());

  it('gives every value exactly, where decimals and times are asked for as text', async () => {
    const rows = await db.run(
      `select cast(-9223372036854775808 as bigint) as i,
         cast(cast('-12345678901234567890.123456789012345678' as decimal(38, 18)) as string) as d,
         cast(timestamp'1969-12-31 23:59:59.123456' as string) as t,
         cast(timestamp_ntz'9999-12-31 23:59:59.999999' as string) as n,
         cast(date'0001-01-01' as string) as day,
         unhex('00ff10') as b, cast('NaN' as double) as x, cast('-Infinity' as double) as y, cast(0.1 as float) as f,
         'ünï🎉\\n\\'' as u, true as yes, cast(null as bigint) as nothing`,
    );

    expect(rows).toEqual([
      {
        i: -9223372036854775808n,
        d: '-12345678901234567890.123456789012345678',
        t: '1969-12-31 23:59:59.123456',
        n: '9999-12-31 23:59:59.999999',
        day: '0001-01-01',
        b: Buffer.from([0, 255, 16]),
        x: Number.NaN,
        y: Number.NEGATIVE_INFINITY,
        f: Math.fround(0.1),
        u: "ünï🎉\n'",
        yes: true,
        nothing: null,
      },
    ]);
  });

  it('keeps a null apart from its neighbours in every column of many rows', async () => {
    const rows = await db.run(
      `select id, if(id % 3 = 0, null, id) as i, if(id % 3 = 1, null, cast(id as string)) as s,
         if(id % 3 = 2, null, id % 2 = 0) as b, if(id % 3 = 0, null, cast(id as decimal(20, 2))) as d
       from range(20) order by id`,
    );

    expect(rows).toEqual(
      Array.from({ length: 20 }, (_, id) => ({
        id: BigInt(id),
        i: id % 3 === 0 ? null : BigInt(id),
        s: id % 3 === 1 ? null : String(id),
        b: id % 3 === 2 ? null : id % 2 === 0,
        d: id % 3 === 0 ? null : `${id}.00`,
      })),
    );
  });

  it('takes parameters by name and by place, whatever is in them', async () => {
    const hostile = `it's \\ "q" \` :b ? -- ;\nünï`;

    expect(
      await db.run('select :a as a, :b as b, :c as c', {
        namedParameters: { a: hostile, b: 9007199254740993n, c: null },
      }),
    ).toEqual([{ a: hostile, b: 9007199254740993n, c: null }]);
    expect(await db.run("select ? as a, concat(?, '') as b", { ordinalParameters: [true, hostile] })).toEqual(
      [{ a: true, b: hostile }],
    );
  });

  it('counts what a merge did', async () => {
    await db.run(`create table ${schema}.merged (id bigint, v string) using delta`);
    await db.run(`insert into ${schema}.merged values (1, 'a'), (2, 'b'), (3, 'c')`);

    const counts = await db.run(
      `merge into ${schema}.merged t
       using (select * from values (1, 'z'), (2, null), (4, 'd'), (5, 'e') as s (id, v)) s on t.id <=> s.id
       when matched and s.v is null then delete
       when matched then update set v = s.v
       when not matched then insert (id, v) values (s.id, s.v)`,
    );

    expect(counts).toEqual([
      { num_affected_rows: 4n, num_updated_rows: 1n, num_deleted_rows: 1n, num_inserted_rows: 2n },
    ]);
    expect(await db.run(`select * from ${schema}.merged order by id`)).toEqual([
      { id: 1n, v: 'z' },
      { id: 3n, v: 'c' },
      { id: 4n, v: 'd' },
      { id: 5n, v: 'e' },
    ]);
  }, 120_000);

  it('adds columns, widens types, clusters, and deletes without rewriting files', async () => {
    const table = `${schema}.evolved`;
    await db.run(
      `create table ${table} (id int, price decimal(10, 2), \`odd, name\` string comment 'it\\'s') using delta
       cluster by (id) comment 'all of it'
       tblproperties ('delta.enableDeletionVectors' = 'true', 'delta.enableTypeWidening' = 'true',
         'delta.enableChangeDataFeed' = 'true', 'delta.columnMapping.mode' = 'name',
         'delta.feature.timestampNtz' = 'supported')`,
    );
    await db.run(`insert into ${table} select id, id, null from range(0, 1000, 1, 1)`);

    await db.run(`alter table ${table} add columns (added timestamp_ntz comment 'new')`);
    await db.run(`alter table ${table} alter column id type bigint`);
    await db.run(`alter table ${table} alter column price type decimal(20, 4)`);
    await db.run(`delete from ${table} where id = 7`);

    expect(await db.run(`describe table ${table}`)).toEqual(
      expect.arrayContaining([
        { col_name: 'id', data_type: 'bigint', comment: null },
        { col_name: 'price', data_type: 'decimal(20,4)', comment: null },
        { col_name: 'odd, name', data_type: 'string', comment: "it's" },
        { col_name: 'added', data_type: 'timestamp_ntz', comment: 'new' },
      ]),
    );
    const [detail] = await db.run(`describe detail ${table}`);
    expect(detail).toMatchObject({ description: 'all of it', clusteringColumns: ['id'] });
    const [last] = await db.run(`describe history ${table} limit 1`);
    expect(last).toMatchObject({
      operation: 'DELETE',
      operationMetrics: { numDeletedRows: '1', numDeletionVectorsAdded: '1', numCopiedRows: '0' },
    });
    expect(
      await db.run(`select id, cast(price as string) as price from ${table} where id between 6 and 8`),
    ).toEqual([
      { id: 6n, price: '6.0000' },
      { id: 8n, price: '8.0000' },
    ]);
  }, 120_000);

  it('reads an explicit list of parquet files, each row with its file', async () => {
    const dir = join(warehouse().dir, 'in coming');
    await mkdir(dir);
    for (const name of ['gzip', 'zstd', 'v1-plain']) {
      await cp(`test/samples/${name}.parquet`, join(dir, `${name} 1.parquet`));
    }

    const rows = await db.run(
      `select _metadata.file_path as file, count(*) as row_count
       from parquet.\`${dir}/{gzip 1.parquet,zstd 1.parquet}\` group by 1 order by 1`,
    );

    const url = `file:${dir.replaceAll(' ', '%20')}`;
    expect(rows).toEqual([
      { file: `${url}/gzip%201.parquet`, row_count: 400n },
      { file: `${url}/zstd%201.parquet`, row_count: 400n },
    ]);
  });

  it('streams half a million rows in little memory', async () => {
    const operation = await db.session.executeStatement(
      "select cast(id as string) as id, repeat('x', 200) as filler from range(500000)",
    );
    let rows = 0;
    let mostBytes = 0;
    const before = process.memoryUsage().rss;
    for await (const chunk of operation.iterateChunks({ maxRows: 5_000 })) {
      rows += chunk.length;
      mostBytes = Math.max(mostBytes, process.memoryUsage().rss - before);
    }
    await operation.close();

    expect(rows).toBe(500_000);
    // 125 MB of text went through, and both ends of it run in this process.
    expect(mostBytes).toBeLessThan(400e6);
  }, 120_000);

  it('opens a session in the schema asked for, and says so when there is none', async () => {
    const there = await openTestSession(warehouse(), {
      initialCatalog: 'spark_catalog',
      initialSchema: schema,
    });
    expect(await there.run('select current_catalog() as c, current_schema() as s')).toEqual([
      { c: 'spark_catalog', s: schema },
    ]);
    await there.close();

    await expect(openTestSession(warehouse(), { initialSchema: 'no_such_schema' })).rejects.toMatchObject({
      name: 'Status Error',
      message: expect.stringContaining(
        '[SCHEMA_NOT_FOUND] The schema `spark_catalog`.`no_such_schema` cannot be found',
      ),
    });
  });

  it('remembers of a statement what a query history would show', async () => {
    const session = await openTestSession(
      warehouse(),
      {
        configuration: { STATEMENT_TIMEOUT: '60', ANSI_MODE: 'true' },
        queryTags: { app: 'tidemark', table: 'a:b,c' },
      },
      { userAgentEntry: 'tidemark/0.1' },
    );
    await session.run('select 42 as remembered', { queryTags: { batch_id: '7', alone: null } });
    await session.close();

    const [record] = warehouse().statements.filter(({ sql }) => sql === 'select 42 as remembered');
    expect(record).toMatchObject({
      sessionId: session.session.id,
      sessionConf: { STATEMENT_TIMEOUT: '60', ANSI_MODE: 'true' },
      queryTags: { app: 'tidemark', table: 'a:b,c', batch_id: '7', alone: null },
      userAgent: expect.stringContaining('tidemark/0.1'),
      outcome: 'finished',
    });
  });
});
