import pg from 'pg';
import {
  type ConnectionSettings,
  connectionSettings,
  describeServer,
} from '../targets/postgres/connection-settings.ts';
import { toSourceError } from './source-error.ts';

/**
 * Settings that decide how values look as text. The same in the session that loads and in the one that reads the log,
 * so that a row looks the same in both.
 */
const TEXT_SETTINGS: Readonly<Record<string, string>> = {
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '3',
  lc_monetary: 'C',
  client_encoding: 'UTF8',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  // Rows hidden by a policy would be missing in the load; an error is better.
  row_security: 'off',
};

/** How to reach the source; holds the password, so it is never printed. */
export interface SourceAddress {
  readonly settings: ConnectionSettings;
  /** `host:port/database`, for people. */
  readonly place: string;
}

/** Throws `TerminalError` for a URL that cannot be used; the message never carries any of it. */
export function sourceAddress(url: string): SourceAddress {
  // A dollar sign in the URL is one, not the beginning of a reference.
  const reference = { template: '${env:SOURCE_URL}' };
  const settings = connectionSettings({ kind: 'url', url: reference, verifyTls: true }, { SOURCE_URL: url });
  return { settings, place: describeServer(settings) };
}

/** Rows of text. */
export type SourceRecord = Readonly<Record<string, string | null>>;

/** One session with the source. Every value is the server's text. Errors are already ours. */
export interface SourceSession {
  /** The driver's client. */
  readonly raw: pg.Client;
  /** `doing` begins the message when it fails. */
  query(doing: string, sql: string, params?: readonly unknown[]): Promise<SourceRecord[]>;
  /** Rows as arrays, in the order of the columns. */
  arrays(doing: string, sql: string): Promise<(string | null)[][]>;
  end(): Promise<void>;
}

/** Opens a session; with `replication` one that can read the log, whose queries take no parameters. */
export async function openSourceSession(
  { settings, place }: SourceAddress,
  replication = false,
): Promise<SourceSession> {
  const set = Object.entries(TEXT_SETTINGS).map(([name, value]) => `-c ${name}=${value}`);
  const options = {
    host: settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.user,
    password: settings.password,
    ssl: settings.tls ?? false,
    enableChannelBinding: settings.channelBinding,
    options: [settings.options ?? '', ...set].join(' ').trim(),
    application_name: 'tidemark capture',
    keepAlive: true,
    connectionTimeoutMillis: 30_000,
    types: { getTypeParser: () => (value: string) => value },
    ...(replication && { replication: 'database' }),
  };
  const client = new pg.Client(options);
  // A connection lost between two statements is told by the next one.
  client.on('error', () => {});
  await client.connect().catch((error: unknown) => {
    client.connection.stream.destroy();
    throw toSourceError(error, `connecting to ${place}`);
  });
  return wrap(client, place);
}

function wrap(client: pg.Client, place: string): SourceSession {
  const attempt = <T>(doing: string, work: () => Promise<T>): Promise<T> =>
    work().catch((error: unknown) => {
      throw toSourceError(error, `${doing} at ${place}`);
    });
  return {
    raw: client,
    query: (doing, sql, params) =>
      attempt(doing, async () => {
        const result = await client.query<SourceRecord>(sql, params ? [...params] : undefined);
        return result.rows;
      }),
    arrays: (doing, sql) =>
      attempt(doing, async () => {
        const result = await client.query<(string | null)[]>({ text: sql, rowMode: 'array' });
        return result.rows;
      }),
    end: () => client.end().catch(() => undefined),
  };
}
