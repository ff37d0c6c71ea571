import pg from 'pg';
import { toTargetError } from './errors.ts';
import { type ConnectionSettings, describeServer } from './connection-settings.ts';

/**
 * Settings every session of ours has, whatever server, database or user say. An empty search path makes every name
 * we write mean what it says; the formats make text from and to the server the same everywhere.
 */
const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  search_path: 'pg_catalog',
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  client_encoding: 'UTF8',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  // Rows hidden by a policy would look missing; an error is better than a wrong snapshot.
  row_security: 'off',
  // Compiling costs more than it saves on statements that run once.
  jit: 'off',
  tcp_keepalives_idle: '60',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '6',
};

const CONNECT_TIMEOUT_MS = 30_000;

export type Row = Readonly<Record<string, string | null>>;

/** One connection. Every value comes and goes as text. Errors are already ours, but for `raw`. */
export interface Session {
  /** The driver's client, for COPY and for COMMIT, whose errors need a closer look. */
  readonly raw: pg.Client;
  /** Runs one statement; `doing` begins the message when it fails. */
  query(doing: string, sql: string, params?: readonly unknown[]): Promise<{ rows: Row[]; count: number }>;
  /** Closes politely; never throws. */
  end(): Promise<void>;
  /** Cuts the connection, whatever it is doing; never throws. */
  destroy(): void;
}

/**
 * Opens a connection with our settings. Throws ours, which never show the password.
 *
 * @param limitMs longest time of a statement and, on Postgres 17 or newer, of a transaction; 0 is no limit
 */
export async function openSession(settings: ConnectionSettings, limitMs = 0): Promise<Session> {
  const limit = String(Math.floor(limitMs));
  const wanted = { ...SESSION_SETTINGS, statement_timeout: limit, transaction_timeout: limit };
  const client = new pg.Client({
    host: settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.user,
    password: settings.password,
    ssl: settings.tls ?? false,
    enableChannelBinding: settings.channelBinding,
    options: settings.options,
    application_name: 'tidemark',
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    types: { getTypeParser: () => (value: string) => value },
  });
  // A connection lost between two statements is told by the next one.
  client.on('error', () => {});
  const where = describeServer(settings);
  const session = wrap(client, where);
  try {
    await client.connect();
  } catch (error) {
    client.connection.stream.destroy();
    throw toTargetError(error, { doing: 'connecting to', where });
  }
  await session.query(
    'preparing the session',
    `select pg_catalog.set_config(s.name, w.value, false)
from unnest($1::text[], $2::text[]) as w (name, value)
join pg_catalog.pg_settings as s on lower(s.name) = lower(w.name)`,
    [Object.keys(wanted), Object.values(wanted)],
  );
  return session;
}

function wrap(client: pg.Client, where: string): Session {
  return {
    raw: client,
    async query(doing, sql, params) {
      try {
        const result = await client.query<Row>(sql, params ? [...params] : undefined);
        return { rows: result.rows ?? [], count: result.rowCount ?? 0 };
      } catch (error) {
        throw toTargetError(error, { doing, where: `on ${where}` });
      }
    },
    end: () => client.end().catch(() => undefined),
    destroy: () => void client.connection.stream.destroy(),
  };
}
