import { TransientError } from '../../errors.ts';
import type { StatementTags } from '../../ports.ts';
import { firstWords, type Quotes } from '../first-words.ts';
import { type DriverOperation, resultColumns } from './driver.ts';
import { settleOutcome, type Stage, toDatabricksError } from './errors.ts';
import { type PooledSession, type SessionPool, withinMs } from './session-pool.ts';
import { retry } from '../../retry.ts';
import { guardMs, leftForTry, statementLimit } from './statement-limit.ts';
import type { Tokens } from './token.ts';
import { withToken } from './with-token.ts';

/** What running statements needs. */
export interface StatementDeps {
  readonly pool: SessionPool;
  readonly tokens: Tokens;
  readonly statementSeconds: number;
  readonly timeLeft: (() => number) | null;
  /** Tags of every statement. */
  readonly queryTags: Readonly<Record<string, string>>;
  /** Called when the warehouse was found not to run. */
  readonly onStarting: () => void;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Values by the names of their columns. */
export type DriverRow = Readonly<Record<string, unknown>>;

/** A statement that has ended well, with its result still to be fetched. `close` must be called. */
export interface FinishedStatement {
  /** Names of the result's columns, or null for no result. */
  readonly names: readonly string[] | null;
  readonly allText: boolean;
  /** The next rows, at most `maxRows`; null after the last. */
  next(maxRows: number): Promise<readonly DriverRow[] | null>;
  /** Gives session and result free, however much was read. */
  close(): Promise<void>;
}

/** `write`: it may change something, so it must not run twice unnoticed. */
export type StatementKind = 'read' | 'write';

const QUOTES: Quotes = { name: '`', backslash: true };
/** Rows asked for together with the statement. */
const FIRST_ROWS = 10_000;
/** How long the answer of a running statement is asked for again while the connection fails. */
const POLL_AGAIN_MS = 60_000;
const CLOSE_WAIT_MS = 3_000;
/** After these the session is of no use any more. */
const UNUSABLE = new Set(['CONNECTION_LOST', 'SESSION_GONE']);
/** After these it may still be at work. */
const AT_WORK = new Set(['OUTCOME_UNKNOWN', 'STATEMENT_TIMEOUT']);

/**
 * Sends a statement once and waits for its end. Errors are ours; for a `write` whose end nobody told it is
 * `TransientError` OUTCOME_UNKNOWN, thrown after its session was closed, so that nothing of it goes on. Where that could
 * not be done, no other `write` is sent before it has ended: `TransientError` STILL_RUNNING.
 *
 * @param spentMs time since the first try of the same statement began
 */
export async function runStatement(
  deps: StatementDeps,
  kind: StatementKind,
  sql: string,
  tags: StatementTags,
  spentMs: () => number = () => 0,
): Promise<FinishedStatement> {
  const doing = `run "${firstWords(sql, QUOTES)}"`;
  let stage: Stage = 'before';
  let session: PooledSession | null = null;
  let operation: DriverOperation | null = null;
  try {
    const limitNow = () => limitOf(deps, kind, spentMs());
    // Without time nothing is to be asked of the warehouse.
    limitNow();
    if (kind === 'write') await deps.pool.settled();
    session = await deps.pool.take(limitNow);
    const { driver, limitSeconds } = session;
    await deps.tokens.get();
    stage = 'submit';
    operation = await withToken(deps.tokens, doing, () =>
      driver.executeStatement(sql, {
        queryTags: queryTags(deps, tags),
        maxRows: FIRST_ROWS,
        useCloudFetch: false,
      }),
    );
    stage = 'wait';
    await waitForEnd(deps, operation, limitSeconds, doing);
    return await finished(deps, kind, { session, operation }, doing);
  } catch (thrown) {
    const told = toDatabricksError(thrown, doing);
    const error = kind === 'write' ? settleOutcome(told, stage, doing) : told;
    if (told.code === 'WAREHOUSE_STARTING') deps.onStarting();
    if (told.code === 'SESSION_GONE') deps.pool.forgetIdle();
    if (session !== null) await letGo(deps.pool, kind, { session, operation }, error.code);
    throw error;
  }
}

/** Where we are stopped at some time, statements end before that, however often they are tried. */
function limitOf(
  { statementSeconds, timeLeft }: StatementDeps,
  kind: StatementKind,
  spentMs: number,
): number {
  if (timeLeft !== null) return statementLimit(statementSeconds, timeLeft());
  return kind === 'write' ? leftForTry(statementSeconds, spentMs) : statementSeconds;
}

/** With those of the session: nobody documents that a statement keeps them when it has tags of its own. */
function queryTags(deps: StatementDeps, { table, batchId }: StatementTags): Record<string, string> {
  // Longer values are refused.
  const clip = (text: string): string => [...text].slice(0, 128).join('');
  return {
    ...deps.queryTags,
    ...(table === undefined ? {} : { table: clip(table) }),
    ...(batchId === undefined ? {} : { batch_id: String(batchId) }),
  };
}

/** What a statement holds while it is under way. */
interface Held {
  readonly session: PooledSession;
  readonly operation: DriverOperation | null;
}

async function release(pool: SessionPool, { session, operation }: Held): Promise<void> {
  if (operation !== null) await withinMs(operation.close(), CLOSE_WAIT_MS);
  pool.giveBack(session);
}

/** Nothing of a write may go on when its failure is told; what is left of a read harms nobody. */
async function letGo(pool: SessionPool, kind: StatementKind, held: Held, code: string): Promise<void> {
  if (!UNUSABLE.has(code) && !AT_WORK.has(code)) await release(pool, held);
  else if (kind === 'write' && AT_WORK.has(code)) await pool.end(held.session);
  else void pool.discard(held.session);
}

/** Asking how a statement stands is safe to repeat, so a connection that fails meanwhile is no end of it. */
async function waitForEnd(
  deps: StatementDeps,
  operation: DriverOperation,
  limitSeconds: number,
  doing: string,
): Promise<void> {
  const ask = () => withToken(deps.tokens, doing, () => operation.finished());
  const shouldRetry = (error: unknown): boolean =>
    error instanceof TransientError &&
    (error.code === 'CONNECTION_LOST' || error.context.httpStatus !== undefined);
  const { timeLeft, sleep } = deps;
  const end = retry(ask, { maxMs: POLL_AGAIN_MS, ...(timeLeft ? { timeLeft } : {}), shouldRetry, sleep });
  let late = false;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(
      () => {
        late = true;
        withinMs(operation.cancel(), CLOSE_WAIT_MS).then(resolve);
      },
      guardMs(limitSeconds, timeLeft?.() ?? null),
    );
  });
  end.catch(() => {});
  try {
    await Promise.race([end, tooLate]);
  } catch (error) {
    if (!late) throw error;
  } finally {
    clearTimeout(timer);
  }
  if (late) throw outOfTime(doing, limitSeconds);
}

function outOfTime(doing: string, limitSeconds: number): TransientError {
  return new TransientError(
    'STATEMENT_TIMEOUT',
    `Databricks could not ${doing} within ${limitSeconds} s, waiting for its turn included. Give it less to do at once (batch.maxBytes), or more time (statementSeconds).`,
    { context: { limitSeconds } },
  );
}

async function finished(
  { pool, tokens }: StatementDeps,
  kind: StatementKind,
  { session, operation }: { readonly session: PooledSession; readonly operation: DriverOperation },
  doing: string,
): Promise<FinishedStatement> {
  const ask = <T>(work: () => Promise<T>): Promise<T> => withToken(tokens, doing, work);
  const columns = await ask(() => resultColumns(operation)).catch((error) => {
    // It is done; only how many rows it changed is not known.
    if (kind === 'write') return null;
    throw error;
  });
  let open = true;
  return {
    names: columns?.names ?? null,
    allText: columns?.allText ?? true,
    next: async (maxRows) => {
      if (columns === null || !(await ask(() => operation.hasMoreRows()))) return null;
      return (await ask(() => operation.fetchChunk({ maxRows }))) as DriverRow[];
    },
    close: async () => {
      if (!open) return;
      open = false;
      await release(pool, { session, operation });
    },
  };
}
