import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema, openTestSession, type TestSession } from './bench/test-session.ts';

/** Runs for hours if it is let. */
const ENDLESS = 'select count(*) from range(1000000000000) where id % 7 = 3';

describeWithWarehouse('what goes wrong in a warehouse, as the real driver shows it', (warehouse) => {
  const schema = freshSchema();
  let db: TestSession;

  beforeAll(async () => {
    db = await openTestSession(warehouse());
    await db.run(`create schema ${schema}`);
    await db.run(`create table ${schema}.t (id bigint, v string) using delta`);
  }, 120_000);
  afterAll(() => db?.close());

  const failure = (sqlState: string, message: string) => ({
    name: 'Error',
    errorCode: 'ERROR',
    message: expect.stringMatching(new RegExp(`^\\[${message}`)),
    response: expect.objectContaining({ sqlState }),
  });

  it.each([
    ['a syntax error', 'selec 1', '42601', 'PARSE_SYNTAX_ERROR\\] Syntax error at or near'],
    [
      'a missing table',
      'select * from no_such_table',
      '42P01',
      'TABLE_OR_VIEW_NOT_FOUND\\] The table or view',
    ],
    ['a missing column', 'select nope from range(1)', '42703', 'UNRESOLVED_COLUMN'],
    [
      'a missing file',
      'select * from parquet.`/no/such/{a,b}`',
      '42K03',
      'PATH_NOT_FOUND\\] Path does not exist',
    ],
    ['a value that does not fit', "select cast('a' as int)", '22018', 'CAST_INVALID_INPUT\\] The value'],
  ])(
    'names %s by SQLSTATE and error class, with no stack trace in the message',
    async (_, sql, state, message) => {
      const error = await db.run(sql).catch((thrown) => thrown);

      expect(error).toMatchObject(failure(state, message));
      expect(error.message).not.toMatch(/\bat org\.|Exception:/);
    },
  );

  it('refuses one of two merges that change the same rows', async () => {
    await db.run(`insert into ${schema}.t select id, 'x' from range(100)`);
    const merge = (value: string) =>
      `merge into ${schema}.t t using (select id, '${value}' as v from range(100)) s on t.id = s.id
       when matched then update set v = s.v when not matched then insert *`;
    const other = await openTestSession(warehouse());

    const outcomes = await Promise.allSettled([db.run(merge('a')), other.run(merge('b'))]);
    await other.close();

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const [refused] = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused?.reason).toMatchObject(failure('2D521', 'DELTA_CONCURRENT_APPEND'));
  }, 120_000);

  it('ends a statement that is cancelled', async () => {
    const operation = await db.session.executeStatement(ENDLESS, { maxRows: null });
    const finished = operation.finished().catch((thrown) => thrown);
    await operation.cancel();

    expect(await finished).toMatchObject({ name: 'Error', errorCode: 'CANCELED' });
    await expect.poll(() => warehouse().statements.at(-1)?.outcome).toBe('canceled');
  });

  it('ends a statement that outlives STATEMENT_TIMEOUT, set for the session or in it', async () => {
    const short = await openTestSession(warehouse(), { configuration: { STATEMENT_TIMEOUT: '1' } });
    await expect(short.run(ENDLESS)).rejects.toMatchObject(
      failure('57KD0', 'QUERY_EXECUTION_TIMEOUT_EXCEEDED\\] Query execution was cancelled .*\\(1s\\)'),
    );
    await short.run('set statement_timeout = 2');
    await expect(short.run(ENDLESS)).rejects.toMatchObject(failure('57KD0', '.*\\(2s\\)'));
    await short.close();

    expect(warehouse().statements.filter(({ outcome }) => outcome === 'timed-out')).toHaveLength(2);
  }, 60_000);

  describe('on demand', () => {
    it('a statement fails with the SQLSTATE wished for, and only the one meant', async () => {
      const message =
        '[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have MODIFY on Table `t`';
      warehouse().faults.failNext('ExecuteStatement', { sqlState: '42501', message }, { sql: /merge/ });

      expect(await db.run('select 1 as one')).toEqual([{ one: 1 }]);
      await expect(db.run('select 2 as merge')).rejects.toMatchObject(
        failure('42501', 'INSUFFICIENT_PERMISSIONS'),
      );
      expect(await db.run('select 3 as merge')).toEqual([{ merge: 3 }]);
    });

    it('a call gets an HTTP status, which the driver does not retry for statements', async () => {
      warehouse().faults.failNext('ExecuteStatement', { httpStatus: 503, retryAfterSeconds: 1 });
      await expect(db.run('select 1')).rejects.toMatchObject({
        name: 'THTTPException',
        statusCode: 503,
      });

      warehouse().faults.failNext('OpenSession', { httpStatus: 429 });
      await expect(openTestSession(warehouse())).rejects.toMatchObject({ statusCode: 429 });
    });

    it('a statement whose connection is cut is not run; one whose reply is lost is', async () => {
      const insert = (id: number) => `insert into ${schema}.lost values (${id})`;
      await db.run(`create table ${schema}.lost (id int) using delta`);

      warehouse().faults.failNext('ExecuteStatement', { dropConnection: true });
      await expect(db.run(insert(1))).rejects.toMatchObject({ name: 'FetchError', code: 'ECONNRESET' });
      warehouse().faults.failNext('ExecuteStatement', { dropReply: true });
      await expect(db.run(insert(2))).rejects.toMatchObject({ name: 'FetchError', code: 'ECONNRESET' });

      expect(await db.run(`select id from ${schema}.lost`)).toEqual([{ id: 2 }]);
    }, 60_000);

    it('a session that the warehouse forgot is an error of its own kind', async () => {
      const gone = 'Invalid SessionHandle: SessionHandle [00000000-0000-0000-0000-000000000000]';
      warehouse().faults.failNext('OpenSession', { sqlState: '08003', message: gone });

      const error = await openTestSession(warehouse()).catch((thrown) => thrown);

      expect(error).toMatchObject({ name: 'Status Error', message: expect.stringContaining(gone) });
      expect(error).not.toBeInstanceOf(Error);
    });
  });

  describe('around it', () => {
    const api = async (method: string, path: string, token = warehouse().token) => {
      const { host, port, ca } = warehouse();
      return new Promise<{ status?: number; body: unknown }>((resolve, reject) => {
        const headers = { authorization: `Bearer ${token}` };
        const call = request({ host, port, ca, method, path, headers }, async (response) => {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          resolve({ status: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) });
        });
        call.on('error', reject);
        call.end();
      });
    };
    const path = '/api/2.0/sql/warehouses/local';

    it('a stopped warehouse refuses statements until it was started', async () => {
      const { power } = warehouse();
      power.startMs = 300;
      power.stop();
      expect(await api('GET', path)).toEqual({
        status: 200,
        body: { id: 'local', name: 'bench', state: 'STOPPED' },
      });

      expect(await api('POST', `${path}/start`)).toEqual({ status: 200, body: {} });
      expect(await api('GET', path)).toMatchObject({ body: { state: 'STARTING' } });
      await expect(db.run('select 1')).rejects.toMatchObject({ statusCode: 503 });

      await expect.poll(async () => (await api('GET', path)).body).toMatchObject({ state: 'RUNNING' });
      expect(await db.run('select 1 as one')).toEqual([{ one: 1 }]);
    });

    it('nobody comes in without a valid token', async () => {
      expect(await api('GET', path, 'wrong')).toMatchObject({
        status: 401,
        body: { error_code: 'UNAUTHENTICATED' },
      });
      const wrong = { ...warehouse().connectOptions, token: 'wrong' };
      await expect(openTestSession({ connectOptions: wrong })).rejects.toMatchObject({ statusCode: 401 });
    });

    it('an answer can be slow', async () => {
      warehouse().faults.failNext('GetWarehouse', { delayMs: 300 });
      const started = Date.now();
      await api('GET', path);
      expect(Date.now() - started).toBeGreaterThanOrEqual(295);
    });
  });
});
