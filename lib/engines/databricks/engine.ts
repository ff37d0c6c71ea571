import { PipelineError } from '../../errors.ts';
import { type Dialect, type Engine, type Logger, SILENT_LOGGER, type StatementTags } from '../../ports.ts';
import { pause, retry } from '../../retry.ts';
import { VERSION } from '../../version.ts';
import { USER_AGENT } from './user-agent.ts';
import { connectDriver } from './driver.ts';
import { isWorthAnotherTry } from './errors.ts';
import { createSendRequest } from './https-request.ts';
import { createRest } from './rest.ts';
import { createSessionPool } from './session-pool.ts';
import { type Core, createSession, pinnedRelation } from './sql-session.ts';
import { LEAST_MS } from './statement-limit.ts';
import { type AnotherLogin, createTokens, type DatabricksLogin } from './token.ts';
import { createWarehouseGate } from './warehouse-gate.ts';

/** How to reach a SQL warehouse. */
export interface DatabricksOptions {
  /** Host name of the workspace, without a scheme. */
  readonly host: string;
  readonly port: number;
  /** `/sql/1.0/warehouses/<id>`, or a cluster's. */
  readonly httpPath: string;
  readonly auth: DatabricksLogin;
  /** Asked for once the login was refused. @default there is no other */
  readonly anotherLogin?: AnotherLogin;
  /** PEM of authorities to trust besides those that Node brings. */
  readonly ca?: string;
  readonly dialect: Dialect;
  /** Longest time for one statement, in seconds. */
  readonly statementSeconds: number;
  /** Milliseconds until whoever runs us is stopped; asked before every statement. @default no such end */
  readonly timeLeft?: () => number;
  readonly logger?: Logger;
  /** For tests. */
  readonly sleep?: (ms: number) => Promise<void>;
  readonly random?: () => number;
  readonly now?: () => number;
}

/**
 * Opens an engine over a SQL warehouse. Nothing is sent before the first statement; then client and sessions are kept
 * and used again, also by a later run in the same process, until `close`. A lost session is opened again, a stopped
 * warehouse started. Statements name what they work on in full: sessions have no catalog or schema of their own.
 */
export async function openDatabricks(options: DatabricksOptions): Promise<Engine> {
  return createEngine(createCore(options), {});
}

function createCore(options: DatabricksOptions): Core {
  const { dialect, httpPath, logger = SILENT_LOGGER, sleep = pause, now = Date.now } = options;
  const workspace = { host: options.host, port: options.port, ...(options.ca ? { ca: options.ca } : {}) };
  const timeLeft = options.timeLeft ?? null;
  const send = createSendRequest(workspace);
  const tokens = createTokens(options.auth, send, now, options.anotherLogin);
  const gate = createWarehouseGate({
    rest: createRest(send, tokens),
    httpPath,
    timeLeft,
    sleep,
    now,
    logger,
  });
  const queryTags = { tidemark: VERSION };
  const pool = createSessionPool({
    connect: () => connectDriver({ workspace, httpPath, tokens, userAgent: USER_AGENT }),
    tokens,
    ready: gate.ready,
    configuration: SESSION_CONFIGURATION,
    queryTags,
    now,
  });
  const { statementSeconds } = options;
  // No claim outlasts more than one statement; where we are stopped at some time, all claims last until then.
  const longestMs = timeLeft === null ? Math.min(LONGEST_MS, (statementSeconds * 1_000) / 2) : null;
  return {
    dialect,
    statements: { pool, tokens, statementSeconds, timeLeft, queryTags, onStarting: gate.doubt, sleep },
    persist: (kind, work) => {
      const begun = now();
      return retry(() => work(() => now() - begun), {
        ...(kind === 'write' && longestMs !== null ? { maxMs: longestMs } : {}),
        shouldRetry: isWorthAnotherTry,
        onRetry: (error, delayMs) => logger.warn('Databricks: trying again', { ...nameOf(error), delayMs }),
        sleep,
        now,
        ...(options.timeLeft ? { timeLeft: options.timeLeft, leastMs: LEAST_MS } : {}),
        ...(options.random ? { random: options.random } : {}),
      });
    },
    close: pool.close,
  };
}

/** Instants are UTC and casts are checked whatever the workspace says; files may change under an unchanged name. */
const SESSION_CONFIGURATION = { TIMEZONE: 'UTC', ANSI_MODE: 'true', USE_CACHED_RESULT: 'false' };

/** Longest time for all tries of a statement that changes something, where none is given. */
const LONGEST_MS = 300_000;

function nameOf(error: unknown): { code: string } {
  return { code: error instanceof PipelineError ? error.code : 'UNEXPECTED' };
}

function createEngine(core: Core, tags: StatementTags): Engine {
  const session = createSession(core, tags);
  const engine: Engine = {
    ...session,
    tagged: (more) => createEngine(core, { ...tags, ...more }),
    transaction: (work) => work(session),
    pinned: (work) => work(session, pinnedRelation(core, tags)),
    close: core.close,
  };
  return engine;
}
