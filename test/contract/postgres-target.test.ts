import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column, ColumnType } from '../../lib/config/column-type.ts';
import {
  type Faults,
  NO_FAULTS,
  SILENT_LOGGER,
  type SnapshotSpec,
  type SnapshotTarget,
  type TextRow,
} from '../../lib/ports.ts';
import { createPostgresTarget } from '../../lib/targets/postgres/postgres-target.ts';
import { quoteIdentifier, quoteList, quoteQualified } from '../../lib/targets/postgres/quote.ts';
import type { Patience } from '../../lib/targets/postgres/snapshot-load.ts';
import { blocksOf, copyText } from '../helpers/copy-text.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../helpers/tcp-proxy.ts';
import {
  failure,
  ID,
  markOf,
  NAME,
  runExport,
  specOf,
  type TargetHarness,
  targetContract,
} from './target-contract.ts';

targetContract('postgres', () => startHarness());
targetContract('postgres older than 17', () => startHarness({ merge: false }));

async function startHarness(more: { merge?: boolean } = {}): Promise<TargetHarness> {
  const database = await createTestDatabase();
  return {
    connect: ({ faults = NO_FAULTS, turnMs } = {}) =>
      createPostgresTarget(
        { kind: 'url', url: { template: database.url }, verifyTls: true },
        { env: {}, logger: SILENT_LOGGER, faults, patience: turnMs ? { turnMs } : {}, ...more },
      ),
    encode: copyText,
    read: (schema, table, columns) => readTable(database, schema, table, columns),
    catalog: () => readCatalog(database),
    close: () => database.close(),
  };
}

async function readTable(database: TestDatabase, schema: string, table: string, columns: readonly Column[]) {
  const name = quoteQualified(schema, table);
  const [found] = await database.query('select to_regclass($1)::text as found', [name]);
  if (!found?.found) return null;
  const texts = columns.map((column, index) => `${canonical(column)} as c${index}`);
  const order = quoteList(columns.slice(0, 1).map((column) => column.name));
  const rows = await database.query(`select ${texts.join(', ')} from ${name} order by ${order}`);
  return rows.map((row) => columns.map((_, index) => row[`c${index}`] ?? null));
}

/** The server's own way to the canonical text, apart from how it got in. */
function canonical({ name, type }: Column): string {
  const column = quoteIdentifier(name);
  switch (type.kind) {
    case 'timestamptz':
      return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    case 'timestamp':
      return `to_char(${column}, 'YYYY-MM-DD HH24:MI:SS.US')`;
    case 'binary':
      return `encode(${column}, 'hex')`;
    default:
      return `${column}::text`;
  }
}

async function readCatalog(database: TestDatabase): Promise<string[]> {
  const rows = await database.query(`
select format('%s %I.%I (%s)', c.relkind, n.nspname, c.relname, (
  select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
  from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0)) as thing
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema)'
union all
select format('schema %I', nspname) from pg_namespace where nspname !~ '^pg_(toast_)?temp'
order by thing`);
  return rows.map(({ thing }) => thing ?? '');
}

describe('postgres target', () => {
  let database: TestDatabase;
  let target: SnapshotTarget;
  const connect = (url = database.url, patience: Partial<Patience> = {}, faults: Faults = NO_FAULTS) =>
    createPostgresTarget(
      { kind: 'url', url: { template: url }, verifyTls: true },
      { env: {}, logger: SILENT_LOGGER, faults, patience },
    );
  const send = (spec: SnapshotSpec, rows: readonly TextRow[], options?: Parameters<typeof runExport>[4]) =>
    runExport(target, { encode: copyText }, spec, rows, options);
  const rowsOf = (table: string) => database.query(`select * from shop.${quoteIdentifier(table)} order by 1`);

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query('create schema shop');
    target = await connect();
  });
  afterAll(async () => {
    await target.close();
    await database.close();
  });

  describe('a table of our own', () => {
    it('has the types of the contract and a primary key', async () => {
      const types: ColumnType[] = [
        { kind: 'int', bits: 8 },
        { kind: 'int', bits: 64 },
        { kind: 'decimal', precision: 20, scale: 0 },
        { kind: 'float' },
        { kind: 'double' },
        { kind: 'time' },
        { kind: 'timestamp' },
        { kind: 'timestamptz' },
        { kind: 'json' },
        { kind: 'uuid' },
        { kind: 'binary' },
      ];
      const columns = [ID, ...types.map((type, index) => ({ name: `c${index}`, type }))];
      await send(specOf('typed', { columns }), []);

      const found = await database.query(
        `select string_agg(format_type(atttypid, atttypmod) || case when attnotnull then '!' else '' end, ', ' order by attnum) as types,
          (select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'shop.typed'::regclass and contype = 'p') as key
        from pg_attribute where attrelid = 'shop.typed'::regclass and attnum > 0`,
      );
      expect(found).toEqual([
        {
          types:
            'integer!, smallint, bigint, numeric(20,0), real, double precision, text, ' +
            'timestamp without time zone, timestamp with time zone, jsonb, uuid, bytea',
          key: 'PRIMARY KEY (id)',
        },
      ]);
    });

    it('widens its columns when the history did', async () => {
      const before: ColumnType[] = [
        { kind: 'int', bits: 32 },
        { kind: 'float' },
        { kind: 'decimal', precision: 10, scale: 2 },
      ];
      const after: ColumnType[] = [
        { kind: 'int', bits: 64 },
        { kind: 'double' },
        { kind: 'decimal', precision: 38, scale: 18 },
      ];
      const columns = (types: ColumnType[]) => types.map((type, index) => ({ name: `c${index}`, type }));
      const key = { keys: ['c0'] };
      await send(specOf('widens', { columns: columns(before), ...key }), [['1', '0.5', '1.25']]);
      await send(specOf('widens', { columns: columns(after), ...key }), [
        ['1', '0.5', '1.25'],
        ['9007199254740993', '0.1', '12345678901234567890.5'],
      ]);

      expect(await rowsOf('widens')).toEqual([
        { c0: '1', c1: '0.5', c2: '1.250000000000000000' },
        { c0: '9007199254740993', c1: '0.1', c2: '12345678901234567890.500000000000000000' },
      ]);
    });

    it('says which view keeps it from widening, and changes nothing', async () => {
      await send(specOf('viewed'), [['1', 'Ada']]);
      await database.query('create view shop.viewed_view as select id from shop.viewed');
      const columns = [{ name: 'id', type: { kind: 'int', bits: 64 } } as const, NAME];

      const error = await failure(send(specOf('viewed', { columns }), [['2', 'Bob']]));

      expect(error).toMatchObject({ kind: 'TerminalError', code: 'TARGET_WIDEN_BLOCKED' });
      expect(error.message).toMatch(/Drop the view.*alter column "id" type bigint/s);
      expect(await rowsOf('viewed')).toEqual([{ id: '1', name: 'Ada' }]);
    });

    it('keeps views, grants, triggers and foreign keys over every export', async () => {
      await send(specOf('kept_things'), [
        ['1', 'Ada'],
        ['2', 'Bob'],
      ]);
      await database.query(`
        create view shop.kept_view as select * from shop.kept_things;
        create role tidemark_reader_${process.pid};
        grant select on shop.kept_things to tidemark_reader_${process.pid};
        create table shop.audit (what text, id int);
        create function shop.note() returns trigger language plpgsql as
          $$ begin insert into shop.audit values (tg_op, coalesce(new.id, old.id)); return null; end $$;
        create trigger note after insert or update or delete on shop.kept_things for each row execute function shop.note();
        create table shop.child (parent int references shop.kept_things on delete cascade);
        insert into shop.child values (1), (2)`);
      const [before] = await database.query(`select 'shop.kept_things'::regclass::oid::text as oid`);

      await send(specOf('kept_things'), [
        ['1', 'Ann'],
        ['3', 'Cy'],
      ]);

      const [after] = await database.query(`select 'shop.kept_things'::regclass::oid::text as oid,
        has_table_privilege('tidemark_reader_${process.pid}', 'shop.kept_things', 'select')::text as granted`);
      await database.query(`revoke select on shop.kept_things from tidemark_reader_${process.pid};
        drop role tidemark_reader_${process.pid}`);
      expect(after).toEqual({ oid: before?.oid, granted: 'true' });
      expect(await database.query('select * from shop.kept_view order by id')).toEqual([
        { id: '1', name: 'Ann' },
        { id: '3', name: 'Cy' },
      ]);
      expect(await database.query('select * from shop.audit order by id')).toEqual([
        { what: 'UPDATE', id: '1' },
        { what: 'DELETE', id: '2' },
        { what: 'INSERT', id: '3' },
      ]);
      expect(await database.query('select * from shop.child')).toEqual([{ parent: '1' }]);
    });

    it('does not rewrite rows that are the same', async () => {
      const xmins = () => database.query('select id, xmin::text as x from shop.same order by id');
      await send(specOf('same'), [
        ['1', 'Ada'],
        ['2', null],
        ['3', 'Cy'],
      ]);
      const before = await xmins();
      await send(specOf('same'), [
        ['1', 'Ada'],
        ['2', null],
        ['3', 'Dee'],
      ]);

      const after = await xmins();
      expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
      expect(after[2]).not.toEqual(before[2]);
    });
  });

  describe('a table of somebody else', () => {
    it('is filled as it is: holders, defaults, domains, and types that have no equality', async () => {
      await database.query(`
        create domain shop.email as varchar(50) check (value like '%@%');
        create type shop.mood as enum ('good', 'bad');
        create collation shop.anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        create table shop.theirs (
          id bigint primary key, code varchar(10), mail shop.email, mood shop.mood, doc json, page xml, amount numeric,
          label text collate shop.anycase, made timestamptz not null default '2020-01-01', own_point point)`);
      const text = { kind: 'string' } as const;
      const columns: Column[] = [
        ID,
        { name: 'code', type: text },
        { name: 'mail', type: text },
        { name: 'mood', type: text },
        { name: 'doc', type: { kind: 'json' } },
        { name: 'amount', type: { kind: 'decimal', precision: 10, scale: 2 } },
        { name: 'label', type: text },
      ];
      const spec = specOf('theirs', { columns });
      await send(spec, [['1', 'a', 'x@y', 'good', '{"a":1}', '1.0', 'abc']]);
      await database.query(`update shop.theirs set own_point = '(1,2)'`);
      const same = await send(spec, [['1', 'a', 'x@y', 'good', '{"a":1}', '1.0', 'abc']]);
      const other = await send(spec, [['1', 'a', 'x@y', 'good', '{"a": 1}', '1.00', 'ABC']]);

      expect([same, other]).toEqual([
        { upserted: 0, removed: 0, unchanged: 1 },
        { upserted: 1, removed: 0, unchanged: 0 },
      ]);
      expect(await rowsOf('theirs')).toEqual([
        {
          id: '1',
          code: 'a',
          mail: 'x@y',
          mood: 'good',
          doc: '{"a": 1}',
          page: null,
          amount: '1.00',
          label: 'ABC',
          made: '2020-01-01 00:00:00+00',
          own_point: '(1,2)',
        },
      ]);
    });

    it('is refused with every problem at once, and stays as it is', async () => {
      await database.query(`create table shop.unfit (
        id int not null, name int, made_up text generated always as ('x') stored, must text not null,
        counted int generated always as identity, short timestamp(3))`);
      const columns: Column[] = [
        ID,
        NAME,
        { name: 'made_up', type: { kind: 'string' } },
        { name: 'counted', type: { kind: 'int', bits: 32 } },
        { name: 'short', type: { kind: 'timestamp' } },
      ];

      const error = await failure(target.open(specOf('unfit', { columns })));

      expect(error).toMatchObject({ kind: 'TerminalError', code: 'TARGET_INCOMPATIBLE' });
      expect(error.message.split('\n')).toEqual([
        'Target table shop.unfit cannot take the snapshot (6 problem(s)):',
        '  - no primary key or unique index is on (id); add: primary key ("id").',
        '  - column "name" is integer, the snapshot has string; run: alter column "name" type text using "name"::text.',
        '  - column "made_up" is generated; drop its expression, or the column.',
        '  - column "counted" is "generated always as identity"; make it "generated by default".',
        '  - column "short" is timestamp(3) without time zone, the snapshot has timestamp; run: alter column "short" type ' +
          'timestamp without time zone using "short"::timestamp without time zone.',
        '  - column "must" is not null without a default and the snapshot does not fill it; give it a default.',
        'Mend the table, or drop it and the export makes a new one.',
      ]);
    });

    it('is never widened without being asked', async () => {
      await database.query('create table shop.narrow (id int primary key, name text)');
      const columns = [{ name: 'id', type: { kind: 'int', bits: 64 } } as const, NAME];

      expect((await failure(target.open(specOf('narrow', { columns })))).message).toContain(
        'column "id" is integer, the snapshot has int64',
      );
    });

    it.each([
      ['a view', 'create view shop.other as select 1 as id'],
      ['a materialized view', 'create materialized view shop.other as select 1 as id'],
      ['a sequence', 'create sequence shop.other'],
    ])('is refused when it is %s', async (what, sql) => {
      await database.query(sql);
      expect((await failure(target.open(specOf('other')))).message).toContain(`it is ${what}, not a table`);
      await database.query(`drop ${what.replace('a ', '')} shop.other`);
    });

    it('may have a second unique rule, whose values may move to another key', async () => {
      await database.query('create table shop.second (id int primary key, name text unique)');
      await send(specOf('second'), [
        ['1', 'Ada'],
        ['2', 'Bob'],
      ]);

      expect(
        await send(specOf('second'), [
          ['2', 'Bob'],
          ['3', 'Ada'],
        ]),
      ).toEqual({ upserted: 1, removed: 1, unchanged: 1 });
    });

    it('may be partitioned', async () => {
      await database.query(`
        create table shop.parts (id int, name text, primary key (id)) partition by range (id);
        create table shop.parts_low partition of shop.parts for values from (0) to (10);
        create table shop.parts_high partition of shop.parts for values from (10) to (20)`);
      await send(specOf('parts'), [
        ['1', 'a'],
        ['11', 'b'],
      ]);
      await send(specOf('parts'), [
        ['2', 'a'],
        ['11', 'c'],
      ]);

      expect(await rowsOf('parts')).toEqual([
        { id: '2', name: 'a' },
        { id: '11', name: 'c' },
      ]);
    });

    it('refuses a value it cannot hold, names the column and never shows the value', async () => {
      await database.query('create table shop.short (id int primary key, name varchar(3))');

      const error = await failure(send(specOf('short'), [['1', 'top-secret-value']]));

      expect(error).toMatchObject({ kind: 'TerminalError', code: 'TARGET_VALUE_REFUSED' });
      expect(error.message).toContain('column name');
      expect(error.message).not.toContain('secret');
      expect(await rowsOf('short')).toEqual([]);
    });

    it('ignores what a search path of the database would put in its way', async () => {
      const name = new URL(database.url).pathname.slice(1);
      await database.query(`
        create schema evil;
        create function evil.to_regclass(text) returns regclass language sql as 'select null::regclass';
        create function evil.left(name, int) returns text language sql as 'select null::text'`);
      await database.query(`alter database ${name} set search_path = evil, pg_catalog`);
      await database.query(`alter database ${name} set DateStyle = 'SQL, DMY'`);
      const guarded = await connect();
      const columns = [ID, { name: 'd', type: { kind: 'date' } } as const];

      await runExport(guarded, { encode: copyText }, specOf('guarded', { columns }), [['1', '2024-01-02']]);
      const found = await guarded.watermark('shop', 'guarded');
      await guarded.close();
      await database.query(`alter database ${name} reset all`);

      expect(found).toEqual(markOf(1n));
      expect(await database.query(`select d from shop.guarded`)).toEqual([{ d: '2024-01-02' }]);
    });
  });

  it('refuses names that Postgres would cut off, and keeps long ones apart', async () => {
    const long = 'n'.repeat(63);
    expect((await failure(target.open(specOf('x'.repeat(100))))).message).toContain(
      'it has 100 bytes and Postgres keeps only 63 of a name',
    );
    await send(specOf(long), [['1', 'a']]);
    const other = await target.open(specOf(`${long.slice(1)}o`));
    await send(specOf(long), [['1', 'b']]);
    await other.abort();

    expect(await rowsOf(long)).toEqual([{ id: '1', name: 'b' }]);
  });

  it('waits a while for a lock on the table and then gives up for now', async () => {
    await send(specOf('locked'), [['1', 'Ada']]);
    const impatient = await connect(database.url, { lockMs: 200 });
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('begin; lock table shop.locked in row exclusive mode');

    const error = await failure(runExport(impatient, { encode: copyText }, specOf('locked'), [['1', 'Eve']]));
    await holder.end();
    await impatient.close();

    expect(error).toMatchObject({ kind: 'TransientError', code: 'TARGET_LOCKED' });
    expect(await rowsOf('locked')).toEqual([{ id: '1', name: 'Ada' }]);
  });

  it('clears away the staging of an export that was killed', async () => {
    const killed = await target.open(specOf('leftover'));
    await killed.load(blocksOf('1\tAda\n'));
    await database.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'tidemark' and datname = current_database()`);

    await send(specOf('leftover'), [['1', 'Bob']]);

    expect(
      await database.query(`select relname from pg_class where relname like '\\_tidemark\\_stage%'`),
    ).toEqual([]);
    await killed.abort();
    expect(await rowsOf('leftover')).toEqual([{ id: '1', name: 'Bob' }]);
  });

  it('takes no watermark for a table that was dropped or made anew', async () => {
    await send(specOf('remade'), [['1', 'Ada']]);
    await database.query('drop table shop.remade');
    expect(await target.watermark('shop', 'remade')).toBeNull();
    await database.query('create table shop.remade (id int primary key, name text)');
    expect(await target.watermark('shop', 'remade')).toBeNull();
  });

  describe('when the connection is lost', () => {
    let proxy: TcpProxy;
    const proxied = async () => {
      const url = new URL(database.url);
      proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
      url.port = String(proxy.port);
      return connect(url.href, { recoverMs: 5_000 });
    };
    const lines = (from: number, to: number, name: string) =>
      Array.from({ length: to - from }, (_, index) => `${from + index}\t${name}\n`).join('');
    async function* manyBlocks() {
      for (let block = 0; block < 100; block += 1)
        yield lines(block * 1000, block * 1000 + 1000, 'x'.repeat(100));
    }

    it('in the middle of a COPY, the target is unchanged and a second run works', async () => {
      await send(specOf('cut_copy'), [['1', 'Ada']]);
      const weak = await proxied();
      let sent = 0;
      proxy.rules = {
        onRequest(bytes) {
          sent += bytes.length;
          return sent > 2_000_000 ? 'cut' : 'pass';
        },
      };
      const load = await weak.open(specOf('cut_copy', { connections: 3 }));

      const error = await failure(load.load(manyBlocks()));
      proxy.rules = {};
      await load.abort();

      expect(error).toMatchObject({ kind: 'TransientError', code: 'TARGET_CONNECTION_LOST' });
      expect(await rowsOf('cut_copy')).toEqual([{ id: '1', name: 'Ada' }]);
      const again = await weak.open(specOf('cut_copy', { connections: 3 }));
      expect(await again.load(manyBlocks())).toEqual({ rows: 100_000 });
      expect(await again.publish(markOf(2n))).toEqual({ upserted: 100_000, removed: 0, unchanged: 0 });
      await weak.close();
      await proxy.close();
    });

    it('by a server that ends the session before COMMIT, the target is unchanged', async () => {
      await send(specOf('ended'), [['1', 'Ada']]);
      const faulty = await connect(
        database.url,
        {},
        {
          at: async (point) => {
            if (point !== 'export.before-commit') return;
            await database.query(`select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'tidemark' and state = 'idle in transaction' and datname = current_database()`);
          },
        },
      );

      const error = await failure(runExport(faulty, { encode: copyText }, specOf('ended'), [['1', 'Eve']]));
      await faulty.close();

      expect(error).toMatchObject({ kind: 'TransientError', code: 'TARGET_CONNECTION_LOST' });
      expect(await rowsOf('ended')).toEqual([{ id: '1', name: 'Ada' }]);
    });

    it('after COMMIT was sent and before its reply, the watermark tells that it is done', async () => {
      const weak = await proxied();
      const load = await weak.open(specOf('lost_reply'));
      await load.load(blocksOf('1\tAda\n'));
      proxy.rules = { onReply: (bytes) => (bytes.includes('COMMIT') ? 'cut' : 'pass') };

      expect(await load.publish(markOf(1n))).toEqual({ upserted: 1, removed: 0, unchanged: 0 });
      await weak.close();
      await proxy.close();

      expect(await rowsOf('lost_reply')).toEqual([{ id: '1', name: 'Ada' }]);
    });

    it('with COMMIT still on its way, the watermark tells that it is not done', async () => {
      await send(specOf('never_done'), [['1', 'Ada']]);
      const weak = await proxied();
      const load = await weak.open(specOf('never_done'));
      await load.load(blocksOf('1\tEve\n'));
      proxy.rules = { onRequest: (bytes) => (bytes.includes('commit\0') ? 'cut' : 'pass') };

      const error = await failure(load.publish(markOf(2n)));
      await weak.close();
      await proxy.close();

      expect(error).toMatchObject({ kind: 'TransientError', code: 'TARGET_CONNECTION_LOST' });
      expect(error.message).toContain('the table is unchanged');
      expect(await rowsOf('never_done')).toEqual([{ id: '1', name: 'Ada' }]);
    });
  });

  it('never shows the password, wherever a connection fails', async () => {
    const url = new URL(database.url);
    url.password = 'pa55-of-mine';
    const wrong = await failure(connect(url.href));
    url.port = '1';
    const nobody = await failure(connect(url.href));
    const garbled = await failure(connect('postgres://me:pa55-of-mine@@[:/db'));

    expect([wrong, nobody, garbled]).toMatchObject([
      { kind: 'TerminalError', code: 'TARGET_AUTH' },
      { kind: 'TransientError', code: 'TARGET_CONNECTION_LOST' },
      { kind: 'TerminalError', code: 'TARGET_URL_INVALID' },
    ]);
    expect(JSON.stringify([wrong, nobody, garbled])).not.toContain('pa55');
  });
});
