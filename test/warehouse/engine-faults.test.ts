import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DatabricksOptions } from '../../lib/engines/databricks/engine.ts';
import type { PipelineError } from '../../lib/errors.ts';
import type { Engine } from '../../lib/ports.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema } from './bench/test-session.ts';
import { openEngine } from './open-engine.ts';

/** Sleeps on the server, longer than a warehouse waits before it answers without the result. */
const SLEEP = "reflect('java.lang.Thread', 'sleep', cast(6500 as bigint))";
/** Runs for hours if it is let. */
const ENDLESS = 'select cast(count(*) as string) as n from range(1000000000000) where id % 7 = 3';

describeWithWarehouse('the Databricks engine, when things go wrong', (warehouse) => {
  const schema = freshSchema();
  const table = `\`spark_catalog\`.\`${schema}\`.\`t\``;
  const opened: Engine[] = [];
  let engine: Engine;

  const open = async (options: Partial<DatabricksOptions> = {}): Promise<Engine> => {
    const one = await openEngine(warehouse(), options);
    opened.push(one);
    return one;
  };
  const failure = (work: Promise<unknown>): Promise<PipelineError> =>
    work.then(
      () => Promise.reject(new Error('nothing failed')),
      (error) => error,
    );
  const runs = (sql: string) => warehouse().statements.filter((record) => record.sql === sql);
  const rowsWith = (v: string, from = engine) =>
    from.query(`select cast(count(*) as string) as n from ${table} where v = '${v}'`);

  beforeAll(async () => {
    engine = await open();
    await engine.execute(`create schema ${schema}`);
    await engine.execute(`create table ${table} (id bigint, v string) using delta`);
  }, 120_000);
  afterEach(() => warehouse().faults.clear());
  afterAll(() => Promise.all(opened.map((one) => one.close())));

  describe('a call that was refused', () => {
    it.each([
      ['ExecuteStatement', 503],
      ['ExecuteStatement', 429],
      ['OpenSession', 429],
      ['OpenSession', 503],
      ['GetWarehouse', 503],
    ] as const)(
      '%s with HTTP %i is made again after the time the server asks for',
      async (call, httpStatus) => {
        const waits: number[] = [];
        const sleep = async (ms: number) => {
          waits.push(ms);
        };
        const one = await open({ sleep });
        const sql = `insert into ${table} values (1, '${call} ${httpStatus}')`;
        warehouse().faults.failNext(call, { httpStatus, retryAfterSeconds: 7 }, { times: 2 });

        await one.execute(sql);

        expect(waits.filter((ms) => ms >= 7_000 && ms < 8_000)).toHaveLength(2);
        expect(await rowsWith(`${call} ${httpStatus}`)).toEqual([['1']]);
      },
      60_000,
    );

    it('is given up when the wait would outlast the time there is', async () => {
      const one = await open({ timeLeft: () => 20_000 });
      await one.query("select 'warm' as x");
      warehouse().faults.failNext('ExecuteStatement', { httpStatus: 429, retryAfterSeconds: 30 });

      const error = await failure(one.query("select 'x' as x"));

      expect(error).toMatchObject({
        name: 'TransientError',
        code: 'WAREHOUSE_BUSY',
        context: { httpStatus: 429, retryAfterMs: 30_000 },
      });
    });
  });

  describe('a connection that breaks', () => {
    it('while reading is made again', async () => {
      warehouse().faults.failNext('ExecuteStatement', { dropConnection: true });
      expect(await engine.query("select 'cut' as x")).toEqual([['cut']]);

      warehouse().faults.failNext('ExecuteStatement', { dropReply: true });
      expect(await engine.query("select 'unheard' as x")).toEqual([['unheard']]);
      expect(runs("select 'unheard' as x")).toHaveLength(2);
    }, 60_000);

    it('while writing leaves the outcome open, and the statement is not sent again', async () => {
      const cut = `insert into ${table} values (1, 'cut')`;
      warehouse().faults.failNext('ExecuteStatement', { dropConnection: true });
      expect(await failure(engine.execute(cut))).toMatchObject({
        name: 'TransientError',
        code: 'OUTCOME_UNKNOWN',
      });
      expect(runs(cut)).toHaveLength(0);

      const unheard = `insert into ${table} values (1, 'unheard')`;
      warehouse().faults.failNext('ExecuteStatement', { dropReply: true });
      expect(await failure(engine.execute(unheard))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      expect(runs(unheard)).toHaveLength(1);
      expect(await rowsWith('unheard')).toEqual([['1']]);
    }, 60_000);

    it('while waiting for a statement is no end of it', async () => {
      warehouse().faults.failNext('GetOperationStatus', { dropConnection: true }, { times: 4 });
      const slow = `insert into ${table} select id, concat('slow', left(${SLEEP}, 0)) from range(1)`;

      await engine.execute(slow);

      expect(runs(slow)).toMatchObject([{ outcome: 'finished' }]);
      expect(await rowsWith('slow')).toEqual([['1']]);
    }, 120_000);

    it('for good ends the statement before anybody is told that its outcome is not known', async () => {
      const message = 'Invalid OperationHandle: OperationHandle [00000000-0000-0000-0000-000000000000]';
      warehouse().faults.failNext('GetOperationStatus', { sqlState: 'HY000', message });
      const endless = `insert into ${table} select count(*), 'endless' from range(1000000000000) where id % 7 = 3`;

      expect(await failure(engine.execute(endless))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });

      await expect.poll(() => runs(endless)[0]?.outcome, { timeout: 5_000 }).not.toBe('running');
      expect(runs(endless)).toHaveLength(1);
      expect(await rowsWith('endless')).toEqual([['0']]);
    }, 60_000);

    it('after a statement has ended well is no failure: only its counts are not known', async () => {
      const insert = `insert into ${table} select id, concat('uncounted', left(${SLEEP}, 0)) from range(1)`;
      warehouse().faults.failNext(
        'GetResultSetMetadata',
        { sqlState: 'HY000', message: 'lost' },
        { times: 9 },
      );

      expect(await engine.execute(insert)).toEqual({});
      warehouse().faults.clear();

      expect(runs(insert)).toMatchObject([{ outcome: 'finished' }]);
      expect(await rowsWith('uncounted')).toEqual([['1']]);
    }, 60_000);
  });

  describe('row 9: time', () => {
    it('that a statement outlives ends it, once', async () => {
      const one = await open({ statementSeconds: 1 });
      const error = await failure(one.query(ENDLESS));

      expect(error).toMatchObject({
        name: 'TransientError',
        code: 'STATEMENT_TIMEOUT',
        context: { sqlState: '57KD0', errorClass: 'QUERY_EXECUTION_TIMEOUT_EXCEEDED' },
      });
      expect(runs(ENDLESS)).toMatchObject([{ outcome: 'timed-out' }]);
      expect(await one.query("select 'next' as x")).toEqual([['next']]);
    }, 60_000);

    it('that the warehouse does not watch is watched by us', async () => {
      const one = await open({ statementSeconds: 1 });
      await one.execute('set statement_timeout = 0');
      const sql = `${ENDLESS} and id > 0`;

      const error = await failure(one.query(sql));

      expect(error).toMatchObject({
        code: 'STATEMENT_TIMEOUT',
        message: expect.stringContaining('waiting for its turn'),
      });
      await expect.poll(() => runs(sql)[0]?.outcome, { timeout: 10_000 }).toBe('canceled');
    }, 60_000);

    it('that runs out is told to the session, and none is begun without any', async () => {
      let left = 100_000;
      const one = await open({ timeLeft: () => left, statementSeconds: 1_500 });
      const limits = () =>
        warehouse().statements.filter(({ sql }) => sql.startsWith('set statement_timeout'));
      warehouse().statements.length = 0;

      await one.query("select 'a' as x");
      left = 95_000;
      await one.query("select 'b' as x");
      expect(warehouse().statements.at(-1)?.sessionConf.STATEMENT_TIMEOUT).toBe('90');
      expect(limits().map(({ sql }) => sql)).toEqual([]);
      left = 40_000;
      await one.query("select 'c' as x");
      left = 900_000;
      await one.query("select 'd' as x");
      expect(limits().map(({ sql }) => sql)).toEqual([
        'set statement_timeout = 30',
        'set statement_timeout = 840',
      ]);

      left = 4_999;
      const sent = warehouse().statements.length;
      expect(await failure(one.query("select 'e' as x"))).toMatchObject({
        name: 'TransientError',
        code: 'TIME_IS_UP',
      });
      expect(warehouse().statements).toHaveLength(sent);
    });
  });

  describe('login', () => {
    const oauth = () => ({ kind: 'oauth' as const, ...pick(warehouse().access.oauth) });
    const pick = ({ clientId, clientSecret }: { clientId: string; clientSecret: string }) => ({
      clientId,
      clientSecret,
    });

    it('of a service principal lasts over many statements, and is renewed when its token is refused', async () => {
      const one = await open({ auth: oauth() });
      const grant = vi.spyOn(warehouse().access, 'grant');
      await one.query("select 'a' as x");
      await one.query("select 'b' as x");
      expect(grant).toHaveBeenCalledTimes(1);

      warehouse().access.revoke();
      await one.execute(`insert into ${table} values (1, 'renewed')`);
      expect(grant).toHaveBeenCalledTimes(2);
      expect(await rowsWith('renewed', one)).toEqual([['1']]);
    }, 60_000);

    it('is renewed while a statement runs', async () => {
      const one = await open({ auth: oauth() });
      await one.query("select 'warm' as x");
      const sql = `select concat('slept', left(${SLEEP}, 0)) as x`;
      const slow = one.query(sql);
      await expect.poll(() => runs(sql).length, { timeout: 5_000 }).toBe(1);
      warehouse().access.revoke();

      expect(await slow).toEqual([['slept']]);
      expect(runs(sql)).toHaveLength(1);
    }, 120_000);

    it('is fetched anew before its last minute', async () => {
      warehouse().access.tokenSeconds = 3_600;
      let now = Date.now();
      const one = await open({ auth: oauth(), now: () => now });
      const grant = vi.spyOn(warehouse().access, 'grant');
      await one.query("select 'a' as x");
      const before = grant.mock.calls.length;
      now += 3_539_000;
      await one.query("select 'b' as x");
      expect(grant).toHaveBeenCalledTimes(before);
      now += 2_000;
      await one.query("select 'c' as x");
      expect(grant).toHaveBeenCalledTimes(before + 1);
    });

    it('that is refused is a mistake to mend, told without the secret', async () => {
      const secret = 'dose-not-a-secret';
      const wrong = await open({ auth: { kind: 'oauth', clientId: 'nobody', clientSecret: secret } });
      const token = await open({ auth: { kind: 'token', token: 'dapi-wrong' } });

      for (const error of [
        await failure(wrong.query("select 'x' as x")),
        await failure(token.query("select 'x' as x")),
      ]) {
        expect(error).toMatchObject({ name: 'TerminalError', code: 'LOGIN_REFUSED' });
        expect(`${error.message} ${JSON.stringify(error.context)}`).not.toMatch(/dose-not|dapi-wrong/);
      }
    });

    it('is tried again while the token endpoint is down', async () => {
      warehouse().faults.failNext('Token', { httpStatus: 503 }, { times: 2 });
      const one = await open({ auth: oauth() });
      expect(await one.query("select 'in' as x")).toEqual([['in']]);
    });
  });

  describe('the warehouse', () => {
    it('is started when it is stopped, before a session is opened and when one is lost to it', async () => {
      const logger = { info: vi.fn(), warn: vi.fn() };
      const one = await open({ logger });
      warehouse().power.startMs = 1_200;
      warehouse().power.stop();
      expect(await one.query("select 'cold' as x")).toEqual([['cold']]);
      warehouse().power.stop();
      await one.execute(`insert into ${table} values (1, 'woken')`);

      expect(await rowsWith('woken', one)).toEqual([['1']]);
      expect(logger.info.mock.calls).toEqual([['Starting the SQL warehouse', { warehouse: 'local' }]]);
    }, 60_000);

    it('that starts too slowly is waited for as long as there is time', async () => {
      warehouse().power.startMs = 60_000;
      warehouse().power.stop();
      const end = Date.now() + 8_000;
      const one = await open({ timeLeft: () => end - Date.now() });

      const error = await failure(one.query("select 'x' as x"));

      expect(error).toMatchObject({ name: 'TransientError', code: 'WAREHOUSE_STARTING' });
      expect(Date.now()).toBeLessThan(end);
      warehouse().power.stop();
      warehouse().power.startMs = 0;
      warehouse().power.start();
    }, 30_000);

    it('that is not there, or not for us, is a mistake to mend', async () => {
      const missing = await open({ httpPath: '/sql/1.0/warehouses/nope' });
      expect(await failure(missing.query("select 'x' as x"))).toMatchObject({
        name: 'TerminalError',
        code: 'WAREHOUSE_MISSING',
        message: expect.stringContaining('httpPath'),
      });

      warehouse().faults.failNext('GetWarehouse', { httpStatus: 403 });
      expect(await failure((await open()).query("select 'x' as x"))).toMatchObject({
        name: 'TerminalError',
        code: 'PERMISSION_DENIED',
        message: expect.stringContaining('"Can use"'),
      });
    });

    it('that nobody can reach is transient, one without a trusted certificate terminal', async () => {
      const end = Date.now() + 7_000;
      const nobody = await open({ port: 1, timeLeft: () => end - Date.now() });
      expect(await failure(nobody.query("select 'x' as x"))).toMatchObject({
        name: 'TransientError',
        code: 'CONNECTION_LOST',
        context: { socket: 'ECONNREFUSED' },
      });

      const untrusted = await open({ ca: undefined });
      expect(await failure(untrusted.query("select 'x' as x"))).toMatchObject({
        name: 'TerminalError',
        code: 'TLS_UNTRUSTED',
        message: expect.stringContaining('caFile'),
      });
    }, 30_000);
  });

  describe('two writers', () => {
    it('that change the same rows both get their way, one after the other', async () => {
      const merged = `\`spark_catalog\`.\`${schema}\`.\`merged\``;
      const merge = (value: string) =>
        `merge into ${merged} t using (select id, '${value}' as v from range(100)) s on t.id = s.id
         when matched then update set v = s.v when not matched then insert *`;
      const warn = vi.fn();
      const one = await open({ logger: { info: () => {}, warn } });
      await one.execute(
        `create table ${merged} as select id, 'x' as v from range(100)`.replace(
          ' as select',
          ' using delta as select',
        ),
      );

      const counts = await Promise.all([one.execute(merge('a')), one.execute(merge('b'))]);

      expect(counts).toEqual([
        { changed: 100, inserted: 0, updated: 100, deleted: 0 },
        { changed: 100, inserted: 0, updated: 100, deleted: 0 },
      ]);
      expect(warn).toHaveBeenCalledWith(
        'Databricks: trying again',
        expect.objectContaining({ code: 'WRITE_CONFLICT' }),
      );
    }, 120_000);
  });

  describe('errors of statements', () => {
    it.each([
      ['selec 1', 'TerminalError', 'SYNTAX'],
      ['select v from no_such_schema.no_such_table', 'TerminalError', 'TABLE_MISSING'],
      [`create table no_such_schema_here.t (id int) using delta`, 'TerminalError', 'SCHEMA_MISSING'],
      ['select v from nowhere.a.b', 'TerminalError', 'CATALOG_MISSING'],
      ['select nope from range(1)', 'TerminalError', 'COLUMN_MISSING'],
      ['select no_such_function(id) from range(1)', 'TerminalError', 'ENGINE_UNSUPPORTED'],
      ["select cast('secret' as int)", 'FileReadError', 'FILE_READ_FAILED'],
      ["select to_timestamp('secret', 'yyyy')", 'FileReadError', 'FILE_READ_FAILED'],
      ["select raise_error('secret')", 'FileReadError', 'FILE_READ_FAILED'],
      ['select * from parquet.`/no/such/file.parquet`', 'TransientError', 'FILE_VANISHED'],
    ])('%s: %s %s', async (sql, name, code) => {
      const error = await failure(engine.query(sql));

      expect(error).toMatchObject({ name, code });
      expect(error.message).not.toMatch(/secret|SQLSTATE|java|org\.apache|\n/);
    });

    it.each(['bad-footer', 'bad-no-bytes', 'bad-not-parquet', 'bad-page', 'bad-truncated'])(
      'the file %s is damaged',
      async (name) => {
        const file = `${process.cwd()}/test/samples/${name}.parquet`;
        const error = await failure(
          engine.execute(
            `insert into ${table} select 1, cast(max(struct(*)) as string) from parquet.\`${file}\``,
          ),
        );

        expect(error).toMatchObject({ name: 'FileReadError', code: 'FILE_READ_FAILED' });
      },
    );

    it('a missing permission names the privilege and the object', async () => {
      const message =
        "[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have MODIFY on Table 'main.crm.customer'.";
      warehouse().faults.failNext('ExecuteStatement', { sqlState: '42501', message });

      expect(await failure(engine.execute(`delete from ${table} where id = 77`))).toMatchObject({
        name: 'TerminalError',
        code: 'PERMISSION_DENIED',
        message: expect.stringContaining("User does not have MODIFY on Table 'main.crm.customer'"),
      });
    });

    it('a version that is not there any more', async () => {
      expect(await failure(engine.query(`select v from ${table} version as of 999`))).toMatchObject({
        name: 'TerminalError',
        code: 'VERSION_GONE',
      });
    });
  });

  it('closes while nobody answers, within seconds', async () => {
    const one = await open();
    await one.query("select 'x' as x");
    warehouse().faults.failNext('CloseSession', { dropConnection: true }, { times: 100 });
    const started = Date.now();

    await one.close();

    expect(Date.now() - started).toBeLessThan(11_000);
  }, 20_000);
});
