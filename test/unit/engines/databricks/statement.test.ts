import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DriverClient } from '../../../../lib/engines/databricks/driver.ts';
import { createSessionPool } from '../../../../lib/engines/databricks/session-pool.ts';
import { runStatement, type StatementDeps } from '../../../../lib/engines/databricks/statement.ts';

const GONE = { name: 'Status Error', message: 'Invalid SessionHandle: SessionHandle [1]', code: -1 };
const unauthorized = () =>
  Object.assign(new Error('bad HTTP status'), { statusCode: 401, response: { headers: new Headers() } });

type Behaviour = () => Promise<void>;

/** A driver whose sessions are numbered and run statements as the script says; without a script all end well. */
function scriptedDriver(script: { submit?: Behaviour; wait?: Behaviour; closeSession?: Behaviour } = {}) {
  const calls: string[] = [];
  const tagged: object[] = [];
  let sessions = 0;
  const openSession = async (request: unknown) => {
    sessions += 1;
    const id = sessions;
    calls.push(`open ${id}`);
    return {
      id: String(id),
      request,
      executeStatement: async (sql: string, asked?: { queryTags: object }) => {
        calls.push(`${id}: ${sql}`);
        if (asked) tagged.push(asked.queryTags);
        await script.submit?.();
        return {
          finished: async () => script.wait?.(),
          getSchema: async () => null,
          cancel: async () => {
            calls.push(`${id}: cancel`);
          },
          close: async () => {},
        };
      },
      close: async () => {
        calls.push(`close ${id}`);
        await script.closeSession?.();
      },
    };
  };
  const client = { openSession, close: async () => {} } as unknown as DriverClient;
  const renewed: string[] = [];
  const clock = { ms: 0 };
  const tokens = {
    get: async () => `token-${renewed.length}`,
    renew: (token: string) => {
      renewed.push(token);
      return true;
    },
  };
  const pool = createSessionPool({
    connect: async () => client,
    tokens,
    ready: async () => {},
    configuration: {},
    queryTags: {},
    now: () => clock.ms,
  });
  const deps: StatementDeps = {
    pool,
    tokens,
    statementSeconds: 60,
    timeLeft: null,
    queryTags: { tidemark: '1' },
    onStarting: vi.fn(),
    sleep: async () => {},
  };
  const run = async (kind: 'read' | 'write', sql: string, spentMs?: () => number) => {
    const done = await runStatement(deps, kind, sql, {}, spentMs);
    await done.close();
  };
  return { calls, deps, run, renewed, tagged, clock };
}

/** Fails the first times, then does nothing. */
const failing = (error: unknown, times = 1): Behaviour => {
  let left = times;
  return async () => {
    left -= 1;
    if (left >= 0) throw error;
  };
};

describe('runStatement', () => {
  it('uses one session again, and another while that is busy', async () => {
    const { calls, deps, run } = scriptedDriver();
    await run('write', 'a');
    await run('read', 'b');
    const held = await runStatement(deps, 'read', 'c', {});
    await run('write', 'd');
    await held.close();
    await run('read', 'e');

    expect(calls).toEqual(['open 1', '1: a', '1: b', '1: c', 'open 2', '2: d', '1: e']);
  });

  it('closes a session that is gone, and every idle one with it', async () => {
    const { calls, deps, run } = scriptedDriver({ submit: failing(GONE) });
    const held = await Promise.all([deps.pool.take(() => 60), deps.pool.take(() => 60)]);
    for (const session of held) deps.pool.giveBack(session);

    await expect(run('write', 'a')).rejects.toMatchObject({ name: 'TransientError', code: 'SESSION_GONE' });
    await run('write', 'a');

    expect(calls).toEqual(['open 1', 'open 2', '2: a', 'close 1', 'close 2', 'open 3', '3: a']);
  });

  it('tells that an outcome is open only after the session was closed', async () => {
    let closed = false;
    const { run } = scriptedDriver({
      wait: failing(GONE),
      closeSession: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        closed = true;
      },
    });

    await expect(run('write', 'a')).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });

    expect(closed).toBe(true);
  });

  describe('that could not be ended', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());
    const lost = () => Object.assign(new Error('cut'), { code: 'ECONNRESET' });
    /** A write whose answer is lost, and whose session cannot be closed as long as `away`. */
    const lose = async () => {
      let away = true;
      const driver = scriptedDriver({
        submit: failing(lost()),
        closeSession: async () => {
          if (away) throw lost();
        },
      });
      const failed = driver.run('write', 'a').catch((error) => error);
      await vi.advanceTimersByTimeAsync(11_000);
      expect(await failed).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      driver.calls.length = 0;
      const comeBack = () => {
        away = false;
      };
      return { ...driver, comeBack };
    };
    const refused = async (work: Promise<void>) => {
      const error = work.catch((thrown) => thrown);
      await vi.advanceTimersByTimeAsync(11_000);
      expect(await error).toMatchObject({ name: 'TransientError', code: 'STILL_RUNNING' });
    };

    it('keeps every other write from being sent, but no read', async () => {
      const { calls, run } = await lose();

      await run('read', 'b');
      await refused(run('write', 'c'));

      expect(calls.filter((call) => call !== 'close 1')).toEqual(['open 2', '2: b']);
    });

    it('is ended before the next write once the warehouse hears us', async () => {
      const { calls, run, comeBack } = await lose();

      comeBack();
      await run('write', 'b');
      await run('write', 'c');

      expect(calls).toEqual(['close 1', 'open 2', '2: b', '2: c']);
    });

    it('keeps nobody waiting longer than its limit lets it run', async () => {
      const { run, clock } = await lose();

      clock.ms = 59_999;
      await refused(run('write', 'b'));
      clock.ms = 60_000;
      await run('write', 'b');
    });
  });

  it('carries the tags of the engine and its own', async () => {
    const { deps, tagged } = scriptedDriver();

    const tags = { table: 'orders', batchId: 7n };
    await (await runStatement(deps, 'write', 'a', tags)).close();

    expect(tagged).toEqual([{ tidemark: '1', table: 'orders', batch_id: '7' }]);
  });

  it('has as a write only the time that its tries before have left, and as a read its full time', async () => {
    const { calls, run } = scriptedDriver();

    await run('write', 'a', () => 25_000);
    await run('read', 'b', () => 25_000);
    const late = run('write', 'c', () => 31_000);

    await expect(late).rejects.toMatchObject({ code: 'TIME_IS_UP' });
    expect(calls).toEqual(['open 1', '1: a', '1: set statement_timeout = 60', '1: b']);
  });

  it.each(['submit', 'wait'] as const)('renews the token once when it is refused (%s)', async (step) => {
    const { calls, run, renewed } = scriptedDriver({ [step]: failing(unauthorized()) });

    await run('write', 'a');

    expect(renewed).toEqual(['token-0']);
    expect(calls).toEqual(step === 'submit' ? ['open 1', '1: a', '1: a'] : ['open 1', '1: a']);
  });

  it('gives up when a fresh token is refused too', async () => {
    const { calls, run } = scriptedDriver({ submit: failing(unauthorized(), 9) });

    await expect(run('write', 'a')).rejects.toMatchObject({ name: 'TerminalError', code: 'LOGIN_REFUSED' });

    expect(calls).toEqual(['open 1', '1: a', '1: a']);
  });

  it('cancels a statement that the warehouse lets go on past its time', async () => {
    vi.useFakeTimers();
    try {
      const { calls, run } = scriptedDriver({ wait: () => new Promise(() => {}) });
      const failed = run('write', 'a').catch((error) => error);
      await vi.advanceTimersByTimeAsync(65_000);

      expect(await failed).toMatchObject({ name: 'TransientError', code: 'STATEMENT_TIMEOUT' });
      expect(calls).toEqual(['open 1', '1: a', '1: cancel', 'close 1']);
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps a session in which a statement failed for a reason of its own', async () => {
    const missing = Object.assign(new Error('[TABLE_OR_VIEW_NOT_FOUND] x'), {
      errorCode: 'ERROR',
      response: {},
    });
    const { calls, run } = scriptedDriver({ wait: failing(missing) });

    await expect(run('read', 'a')).rejects.toMatchObject({ code: 'TABLE_MISSING' });
    await run('read', 'b');

    expect(calls).toEqual(['open 1', '1: a', '1: b']);
  });

  it('says that the warehouse does not run', async () => {
    const starting = Object.assign(new Error('x'), { statusCode: 503, response: { headers: new Headers() } });
    const { deps, run } = scriptedDriver({ submit: failing(starting) });

    await expect(run('read', 'a')).rejects.toMatchObject({ code: 'WAREHOUSE_STARTING' });

    expect(deps.onStarting).toHaveBeenCalledTimes(1);
  });
});
