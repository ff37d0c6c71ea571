import pg from 'pg';

/** A session with a Postgres of the demo. Every value is the server's text. */
export interface ShopSession {
  /** Runs one statement and returns its rows. */
  query(sql: string, params?: readonly unknown[]): Promise<Record<string, string | null>[]>;
  end(): Promise<void>;
}

/** Opens a session. One that the server ends is told by its next query. */
export async function openSession(url: string): Promise<ShopSession> {
  const types = { getTypeParser: () => (value: string) => value };
  const client = new pg.Client({ connectionString: url, types, options: '-c TimeZone=UTC' });
  client.on('error', () => {});
  await client.connect();
  return {
    query: async (sql, params) => (await client.query(sql, params ? [...params] : undefined)).rows,
    end: () => client.end(),
  };
}

/** A deadlock, or a key that somebody else took first: the server has rolled the transaction back. */
const CONFLICTS = new Set(['40P01', '40001', '23505', '23503']);

/** True for what happens to transactions that meet; another try may go well. */
export function isConflict(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code !== undefined && CONFLICTS.has(code);
}

/** Any number will do: all of the demo's sessions take the same. */
const GATE = 20_260_302;

/**
 * Runs `work` as one transaction, beside other ones. Returns whether it was committed: `work` may ask for a rollback by
 * returning false.
 */
export function inTransaction(session: ShopSession, work: () => Promise<unknown>): Promise<boolean> {
  return transaction(session, `select pg_advisory_xact_lock_shared(${GATE})`, work);
}

/**
 * Runs `work` as one transaction while no other is open, so that what it reads is the state of the shop right after its
 * commit: the lock is given back only then.
 */
export async function alone<T>(session: ShopSession, work: () => Promise<T>): Promise<T> {
  const done: T[] = [];
  await transaction(session, `select pg_advisory_xact_lock(${GATE})`, async () => {
    done.push(await work());
  });
  return done[0]!;
}

async function transaction(
  session: ShopSession,
  lock: string,
  work: () => Promise<unknown>,
): Promise<boolean> {
  await session.query('begin');
  try {
    await session.query(lock);
    const wanted = (await work()) !== false;
    await session.query(wanted ? 'commit' : 'rollback');
    return wanted;
  } catch (error) {
    await session.query('rollback').catch(() => {});
    throw error;
  }
}
