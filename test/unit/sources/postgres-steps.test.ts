import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pgsql, tableName } from '../../../lib/sources/quote.ts';
import type { SourceTable, Step } from '../../../lib/sources/source.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../lib/targets/postgres/embedded/start-embedded-postgres.ts';
import { HOSTILE, sourceOf, stepsOf } from './requests.ts';

type Row = Record<string, string | boolean | null>;

const USER = `dms "r'o\\le" $sql$`;
const TABLES: readonly SourceTable[] = [{ schema: 'sales', table: 'customer' }, ...HOSTILE];

/** A server of this file's own: its log is set up, and it is started again for that. */
let server: EmbeddedPostgres;
let dir: string;
let client: pg.Client;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tidemark-source-postgres-'));
  await chmod(dir, 0o711);
  await connect();
});
afterAll(async () => {
  await client.end();
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

async function connect(): Promise<void> {
  server = await startEmbeddedPostgres({ dir, fast: true });
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
  // Decoding sees only what has reached the disk, for which a fast server does not wait.
  await client.query('set synchronous_commit = on');
}

async function rows(sql: string): Promise<Row[]> {
  const result = await client.query<Row>(sql);
  return result.rows.map((row) => Object.fromEntries(Object.entries(row)) as Row);
}

const failure = (sql: string): Promise<string> => rows(sql).then(String, (error: Error) => error.message);

function step(steps: readonly Step[], title: string): Step {
  const found = steps.find((one) => one.title === title);
  if (!found) throw new Error(`No step ${title}. Steps: ${steps.map((one) => one.title).join(', ')}`);
  return found;
}

const verdicts = async (sql: string): Promise<Row> =>
  Object.fromEntries((await rows(sql)).map((row) => [row.name ?? row.table_name, row.verdict ?? null]));

describe('the prerequisites of PostgreSQL, on a real server', { timeout: 60_000 }, () => {
  const self = stepsOf(sourceOf('postgres', { database: 'postgres' }), { tables: TABLES, user: USER });

  it('come in this order on a server of your own', () => {
    expect(self.map(({ title, where }) => [title, where])).toEqual([
      ['A log that can be decoded', 'server configuration'],
      ['A way in for DMS', 'server configuration'],
      ['A free replication slot', 'source database'],
      ['Nothing left open when the task starts', 'source database'],
      ['A role for DMS that reads tables and the log', 'source database'],
      ['Tables that DMS can copy', 'source database'],
      ['Whole rows in the log', 'source database'],
      ['A schema for what DMS keeps at the source', 'source database'],
      ['An event trigger that tells DMS of changed tables', 'source database'],
    ]);
  });

  it('tell of a server without a log that can be decoded, and after the step and a restart that it has one', async () => {
    const log = step(self, 'A log that can be decoded');
    const before = await verdicts(log.check);
    await client.query(log.sql!);
    await client.end();
    await server.stop();
    await connect();

    const ready = { max_replication_slots: 'ready', max_wal_senders: 'ready', wal_sender_timeout: 'ready' };
    expect(before).toEqual({
      ...ready,
      max_slot_wal_keep_size: 'ready',
      wal_level: 'changes cannot be decoded',
    });
    expect(await verdicts(log.check)).toEqual({
      ...ready,
      max_slot_wal_keep_size: 'ready',
      wal_level: 'ready',
    });
  });

  it('tell of settings that break a task', async () => {
    const log = step(self, 'A log that can be decoded');
    await client.query(`set wal_sender_timeout = '5s'`);
    const short = await verdicts(log.check);
    await client.query('reset wal_sender_timeout');

    expect(short.wal_sender_timeout).toBe(
      'DMS fails below 10 s, and waits long after a failover above 5 min',
    );
  });

  it('tell of tables that are missing, no tables, unreadable or without a key', async () => {
    const { check } = step(self, 'Tables that DMS can copy');
    const missing = await verdicts(check);
    for (const table of TABLES) {
      await client.query(`create schema ${pgsql.name(table.schema)}`);
      await client.query(`create table ${tableName(pgsql, table)} (id bigint primary key, note text)`);
    }
    const noRole = await failure(check);
    await client.query(`create role ${pgsql.name(USER)}`);
    const closed = await verdicts(check);
    await client.query(`create view sales.shown as select 1 as id; create unlogged table sales.scratch (id int);
      create table sales.keyless (id int); create table sales.parts (id int primary key) partition by list (id);
      grant usage on schema sales to ${pgsql.name(USER)}`);
    const others = ['customer', 'shown', 'scratch', 'keyless', 'parts'].map((table) => ({
      schema: 'sales',
      table,
    }));
    const kinds = step(
      stepsOf(sourceOf('postgres'), { tables: others, user: USER }),
      'Tables that DMS can copy',
    );
    await client.query(`grant select on sales.keyless, sales.parts to ${pgsql.name(USER)}`);

    const each = (verdict: string) => Object.fromEntries(TABLES.map(({ table }) => [table, verdict]));
    expect(missing).toEqual(each('missing'));
    expect(noRole).toBe(`role "${USER}" does not exist`);
    expect(closed).toEqual(each('schema closed'));
    expect(await verdicts(kinds.check)).toEqual({
      customer: 'not readable',
      shown: 'no table',
      scratch: 'not logged',
      keyless: 'no primary key',
      parts: 'partitioned',
    });
  });

  it('make a role that reads the tables and the log and nothing else, whatever its name', async () => {
    const role = step(self, 'A role for DMS that reads tables and the log');
    await client.query(`drop owned by ${pgsql.name(USER)}; drop role ${pgsql.name(USER)}`);
    const before = await rows(role.check);
    await client.query(role.sql!);
    await client.query(role.sql!);

    expect(before).toEqual([]);
    expect(await rows(role.check)).toEqual([
      { rolname: USER, rolsuper: false, rolreplication: true, rds_replication: false },
    ]);
    expect(await verdicts(step(self, 'Tables that DMS can copy').check)).toEqual(
      Object.fromEntries(TABLES.map(({ table }) => [table, 'ready'])),
    );
    expect(
      await rows(
        `select rolcanlogin, rolconfig::text as config from pg_roles where rolname = ${pgsql.literal(USER)}`,
      ),
    ).toEqual([{ rolcanlogin: true, config: '{idle_in_transaction_session_timeout=0}' }]);
  });

  it('have whole old rows logged, which a decoded delete then carries', async () => {
    const identity = step(self, 'Whole rows in the log');
    const before = await verdicts(identity.check);
    await client.query(identity.sql!);
    const slot = step(stepsOf(sourceOf('postgres', { slot: 'tidemark_slot' })), 'The replication slot');
    const noSlot = await rows(slot.check);
    await client.query(slot.sql!);
    await client.query(slot.sql!);
    for (const table of TABLES) {
      await client.query(`insert into ${tableName(pgsql, table)} values (1, 'a')`);
      await client.query(`delete from ${tableName(pgsql, table)}`);
    }
    const decoded = await rows(`select data from pg_logical_slot_get_changes('tidemark_slot', null, null)`);

    const each = (verdict: string) => Object.fromEntries(TABLES.map(({ table }) => [table, verdict]));
    expect(before).toEqual(each('key only'));
    expect(await verdicts(identity.check)).toEqual(each('full'));
    expect(noSlot).toEqual([]);
    expect(await rows(slot.check)).toMatchObject([
      { slot_name: 'tidemark_slot', plugin: 'test_decoding', database: 'postgres', active: false },
    ]);
    const deletes = decoded.map(({ data }) => String(data)).filter((line) => line.includes('DELETE'));
    expect(deletes).toHaveLength(TABLES.length);
    for (const line of deletes) expect(line).toMatch(/ DELETE: id\[bigint\]:1 note\[text\]:'a'$/);
  });

  it('have long values that did not change logged with the old row', async () => {
    await client.query(`insert into sales.customer
      select 2, string_agg(md5(i::text), '') from generate_series(1, 1000) as i`);
    await rows(`select data from pg_logical_slot_get_changes('tidemark_slot', null, null)`);
    await client.query('update sales.customer set id = 3 where id = 2');
    const decoded = await rows(`select data from pg_logical_slot_get_changes('tidemark_slot', null, null)`);

    const update = decoded.map(({ data }) => String(data)).find((line) => line.includes('UPDATE'));
    expect(update).toMatch(
      /UPDATE: old-key: id\[bigint\]:2 note\[text\]:'[0-9a-f]{32000}' new-tuple: id\[bigint\]:3 note\[text\]:unchanged-toast-datum$/,
    );
  });

  it('count slots that are free and slots that nobody reads', async () => {
    const { check } = step(self, 'A free replication slot');

    expect(await rows(check)).toEqual([{ free_slots: '9', slots_nobody_reads: '1' }]);
  });

  it('tell of transactions that were left open', async () => {
    const { check } = step(self, 'Nothing left open when the task starts');

    expect(await rows(check)).toEqual([{ prepared: '0', older_than_10_minutes: '0' }]);
  });

  it('let DMS hear of changed tables, whoever changes them, and keep no row of it', async () => {
    const schema = step(self, 'A schema for what DMS keeps at the source');
    const trigger = step(self, 'An event trigger that tells DMS of changed tables');
    const before = [await rows(schema.check), await rows(trigger.check)];
    for (const { sql } of [schema, schema, trigger, trigger]) await client.query(sql!);
    await client.query('create role somebody; grant create, usage on schema sales to somebody');
    await rows(`select data from pg_logical_slot_get_changes('tidemark_slot', null, null)`);
    await client.query(
      'set role somebody; create table sales.made (id int); alter table sales.made add b int; reset role',
    );
    const decoded = await rows(`select data from pg_logical_slot_get_changes('tidemark_slot', null, null)`);

    expect(before).toEqual([[], []]);
    expect(await rows(schema.check)).toEqual([{ nspname: 'awsdms', may_create: true }]);
    expect(await rows(trigger.check)).toEqual([
      { evtname: 'awsdms_intercept_ddl', function_schema: 'awsdms', verdict: 'enabled' },
    ]);
    const heard = decoded
      .map(({ data }) => String(data))
      .filter((line) => line.includes('awsdms_ddl_audit: INSERT'));
    expect(heard.map((line) => line.match(/c_tag\[character varying\]:'([^']+)'/)?.[1])).toEqual([
      'CREATE TABLE',
      'ALTER TABLE',
    ]);
    expect(await rows('select count(*)::text as kept from awsdms.awsdms_ddl_audit')).toEqual([{ kept: '0' }]);
  });

  it('put what DMS keeps where the settings say', async () => {
    const settings = { DdlArtifactsSchema: `d"d'l $sql$`, HeartbeatSchema: 'beat' };
    const steps = stepsOf(sourceOf('postgres', { settings }), { user: USER });
    const schema = step(steps, 'A schema for what DMS keeps at the source');
    const trigger = step(steps, 'An event trigger that tells DMS of changed tables');
    await client.query(schema.sql!);
    await client.query(trigger.sql!);
    await client.query('create table sales.another (id int)');

    expect(await rows(`${schema.check.replace(/;$/, '')} order by 1`)).toEqual([
      { nspname: 'beat', may_create: true },
      { nspname: `d"d'l $sql$`, may_create: true },
    ]);
    expect(await rows(trigger.check)).toMatchObject([{ function_schema: `d"d'l $sql$`, verdict: 'enabled' }]);
  });

  it('list the lines by which the server lets DMS in', async () => {
    const { check, settings } = step(self, 'A way in for DMS');

    expect(Object.values(settings!)).toEqual([
      `hostssl "postgres" "dms ""r'o\\le"" $sql$" <address of DMS>/32 md5`,
      `hostssl replication "dms ""r'o\\le"" $sql$" <address of DMS>/32 md5`,
    ]);
    expect((await rows(check)).map(({ error }) => error)).not.toContainEqual(expect.any(String));
  });

  it('give the role of RDS and Aurora instead of the attribute, and name the parameter group', async () => {
    await client.query('create role rds_replication');
    const [rds, aurora] = [
      sourceOf('postgres', { hosting: 'rds', database: 'postgres' }),
      sourceOf('aurora-postgresql'),
    ];
    const [steps, others] = [stepsOf(rds, { tables: TABLES, user: 'managed' }), stepsOf(aurora)];
    const role = step(steps, 'A role for DMS that reads tables and the log');
    await client.query(role.sql!);

    expect(await rows(role.check)).toEqual([
      { rolname: 'managed', rolsuper: false, rolreplication: false, rds_replication: true },
    ]);
    expect(steps[0]).toMatchObject({
      where: 'RDS parameter group',
      settings: { 'rds.logical_replication': '1' },
    });
    expect(others[0]).toMatchObject({
      where: 'DB cluster parameter group',
      settings: { 'rds.logical_replication': '1', synchronous_commit: 'on' },
    });
    expect(Object.keys(await verdicts(others[0]!.check))).toContain('synchronous_commit');
    expect(steps.map(({ title }) => title)).not.toContain('A way in for DMS');
  });

  it('ask of a full load only that tables can be read', async () => {
    const steps = stepsOf(sourceOf('postgres', { database: 'postgres' }), {
      tables: TABLES,
      user: 'loader',
      fullLoadOnly: true,
    });
    await client.query(steps[0]!.sql!);

    expect(steps.map(({ title }) => title)).toEqual([
      'A role for DMS that reads tables',
      'Tables that DMS can copy',
    ]);
    expect(await rows(steps[0]!.check)).toEqual([
      { rolname: 'loader', rolsuper: false, rolreplication: false, rds_replication: false },
    ]);
    expect(await verdicts(steps[1]!.check)).toEqual(
      Object.fromEntries(TABLES.map(({ table }) => [table, 'ready'])),
    );
  });
});
