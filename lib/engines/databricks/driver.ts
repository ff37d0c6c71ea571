import type { DBSQLClient, DBSQLSession } from '@databricks/sql';
import type { Workspace } from './https-request.ts';
import type { Tokens } from './token.ts';

/** One session of the driver. */
export type DriverSession = Pick<DBSQLSession, 'id' | 'executeStatement' | 'close'>;
/** One statement of the driver. */
export type DriverOperation = Awaited<ReturnType<DBSQLSession['executeStatement']>>;

/** The parts of the driver's client that we use. */
export type DriverClient = Pick<DBSQLClient, 'openSession' | 'close'>;

/** Where and as what to connect. */
export interface DriverOptions {
  readonly workspace: Workspace;
  readonly httpPath: string;
  readonly tokens: Tokens;
  /** In the user agent, `tidemark/0.1.0`. */
  readonly userAgent: string;
}

/**
 * A client of the driver; nothing is sent yet. The driver is loaded only now, so that those who never connect do not
 * wait for it.
 */
export async function connectDriver({
  workspace,
  httpPath,
  tokens,
  userAgent,
}: DriverOptions): Promise<DriverClient> {
  const { DBSQLClient } = await import('@databricks/sql');
  // Its own logger writes to the console.
  const client = new DBSQLClient({ logger: { log: () => {} } });
  await client.connect({
    host: workspace.host,
    port: workspace.port,
    path: httpPath,
    // Asked before every call. "external-token" keeps a token until its end, also one that was refused.
    authType: 'custom',
    provider: { authenticate: async () => ({ Authorization: `Bearer ${await tokens.get()}` }) },
    ...(workspace.ca === undefined ? {} : { customCaCert: workspace.ca }),
    userAgentEntry: userAgent,
    telemetryEnabled: false,
    preserveBigNumericPrecision: true,
    // A call waits for seconds, not minutes: statements are asked for again and again until they end.
    socketTimeout: 120_000,
    // The driver tries only what is safe to repeat, but takes `Retry-After` for milliseconds; `retry` does the rest.
    retryMaxAttempts: 3,
    retriesTimeout: 60_000,
  });
  return client;
}

/**
 * Closes a session, which ends what runs in it. May be called again after it failed: the driver takes a session for
 * closed once it has asked for that, whether it was heard or not, and would not ask a second time.
 */
export async function closeSession(session: DriverSession): Promise<void> {
  Object.assign(session, { isOpen: true });
  await session.close();
}

/** The driver's numbers for types whose values are text: STRING, NULL (a bare `null`), VARCHAR, CHAR. */
const TEXT_TYPES = new Set([7, 16, 18, 19]);

/** Names of a result's columns in order, and whether all of them are text. Null for a statement without a result. */
export async function resultColumns(
  operation: DriverOperation,
): Promise<{ readonly names: readonly string[]; readonly allText: boolean } | null> {
  const schema = await operation.getSchema();
  if (schema === null || schema.columns.length === 0) return null;
  const columns = [...schema.columns].sort((a, b) => a.position - b.position);
  return {
    names: columns.map(({ columnName }) => columnName),
    allText: columns.every(({ typeDesc }) => TEXT_TYPES.has(typeDesc.types[0]?.primitiveEntry?.type ?? -1)),
  };
}
