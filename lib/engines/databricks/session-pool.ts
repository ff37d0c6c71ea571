import { TerminalError, TransientError } from '../../errors.ts';
import { retry } from '../../retry.ts';
import { closeSession, type DriverClient, type DriverSession } from './driver.ts';
import { isWorthAnotherTry, toDatabricksError } from './errors.ts';
import type { Tokens } from './token.ts';
import { withToken } from './with-token.ts';

/** A session of the warehouse that runs one statement at a time. */
export interface PooledSession {
  readonly driver: DriverSession;
  /** What its `STATEMENT_TIMEOUT` is set to. */
  limitSeconds: number;
}

/**
 * Sessions of one client. Each is lent to one statement at a time and then kept for the next, so that what goes wrong
 * with one statement, or has to be cancelled with it, concerns no other.
 */
export interface SessionPool {
  /**
   * A session in which a statement is cancelled after the limit. Opened when none is idle. Errors are ours.
   *
   * @param limitSeconds asked once the warehouse runs, for which it may have been waited
   */
  take(limitSeconds: () => number): Promise<PooledSession>;
  giveBack(session: PooledSession): void;
  /** Closes a session, which cancels what still runs in it; gives up waiting for that after some seconds. */
  discard(session: PooledSession): Promise<void>;
  /** The same where what still runs may change something: `settled` remembers a session that could not be closed. */
  end(session: PooledSession): Promise<void>;
  /**
   * Resolves when nothing that `end` could not close runs any more: it is closed now, or its time is over. Throws
   * `TransientError` STILL_RUNNING.
   */
  settled(): Promise<void>;
  /** Forgets all idle sessions, when the warehouse has. */
  forgetIdle(): void;
  /** Closes sessions and client. Safe to call twice and when the warehouse is gone. */
  close(): Promise<void>;
}

export interface PoolOptions {
  /** Called once, when the first session is needed. */
  readonly connect: () => Promise<DriverClient>;
  readonly tokens: Tokens;
  /** Resolves once the warehouse runs, as far as that is known: a session about to be opened has to make sure. */
  readonly ready: (opening: boolean) => Promise<void>;
  /** Configuration of every session, beside the limit. */
  readonly configuration: Readonly<Record<string, string>>;
  readonly queryTags: Readonly<Record<string, string>>;
  /** @default Date.now */
  readonly now?: () => number;
}

/** A session that could not be closed, and when the limit has ended what runs in it. */
interface LostSession {
  readonly session: PooledSession;
  readonly until: number;
}

/** A warehouse that does not answer must not hold us up. */
const CLOSE_WAIT_MS = 10_000;

export function createSessionPool(options: PoolOptions): SessionPool {
  const { tokens, now = Date.now } = options;
  let lost: LostSession[] = [];
  let client: Promise<DriverClient> | null = null;
  let idle: PooledSession[] = [];
  let closed = false;

  const connected = (): Promise<DriverClient> => {
    client ??= options.connect().catch((error) => {
      client = null;
      throw toDatabricksError(error, 'prepare the connection');
    });
    return client;
  };
  const open = async (limit: () => number): Promise<PooledSession> => {
    await options.ready(true);
    const limitSeconds = limit();
    const configuration = { ...options.configuration, STATEMENT_TIMEOUT: String(limitSeconds) };
    const request = { configuration, queryTags: { ...options.queryTags } };
    const opened = await connected();
    const driver = await withToken(tokens, 'open a session', () => opened.openSession(request));
    return { driver, limitSeconds };
  };
  const discard = async (session: PooledSession): Promise<void> => {
    await isClosed(session, tokens);
  };
  return {
    take: async (limit) => {
      if (closed) throw new TerminalError('ENGINE_CLOSED', 'The engine is closed: open it again.');
      const session = idle.pop();
      if (session === undefined) return await open(limit);
      try {
        await options.ready(false);
        await applyLimit(session, limit(), tokens);
        return session;
      } catch (error) {
        void discard(session);
        throw error;
      }
    },
    giveBack: (session) => {
      if (closed) void discard(session);
      else idle.push(session);
    },
    discard,
    end: async (session) => {
      const until = now() + session.limitSeconds * 1_000;
      if (!(await isClosed(session, tokens))) lost.push({ session, until });
    },
    settled: async () => {
      const ended = await Promise.all(
        lost.map(async (one) => (now() >= one.until || (await isClosed(one.session, tokens)) ? one : null)),
      );
      lost = lost.filter((one) => !ended.includes(one));
      if (lost.length > 0) throw stillRunning();
    },
    forgetIdle: () => {
      const forgotten = idle;
      idle = [];
      for (const session of forgotten) void discard(session);
    },
    close: async () => {
      closed = true;
      idle = [];
      const opened = client;
      client = null;
      if (opened === null) return;
      await withinMs(
        opened.then((it) => it.close()),
        CLOSE_WAIT_MS,
      );
    },
  };
}

/** Tells the session its limit when it has another: a warm one may come from a run that was almost over. */
async function applyLimit(session: PooledSession, limitSeconds: number, tokens: Tokens): Promise<void> {
  if (session.limitSeconds === limitSeconds) return;
  const sql = `set statement_timeout = ${limitSeconds}`;
  await withToken(tokens, `run "${sql}"`, async () => {
    const operation = await session.driver.executeStatement(sql);
    await operation.finished();
    await operation.close().catch(() => {});
  });
  session.limitSeconds = limitSeconds;
}

/** Closes a session. True when it is known to be closed; false when nobody said so within some seconds. */
async function isClosed({ driver }: PooledSession, tokens: Tokens): Promise<boolean> {
  let closed = false;
  const close = async (): Promise<void> => {
    try {
      await withToken(tokens, 'close a session', () => closeSession(driver));
    } catch (error) {
      if (toDatabricksError(error, 'close a session').code !== 'SESSION_GONE') throw error;
    }
    closed = true;
  };
  await withinMs(retry(close, { maxMs: CLOSE_WAIT_MS, shouldRetry: isWorthAnotherTry }), CLOSE_WAIT_MS);
  return closed;
}

function stillRunning(): TransientError {
  return new TransientError(
    'STILL_RUNNING',
    'The connection was lost while a statement changed something, and the warehouse could not be told to end it: until it has ended nothing else is written. Run again in some minutes.',
  );
}

/** Waits for the end of something that may fail, or take for ever, and is of no further interest. */
export async function withinMs(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([
    work.then(
      () => {},
      () => {},
    ),
    late,
  ]);
  clearTimeout(timer);
}
