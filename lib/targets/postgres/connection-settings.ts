import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { PostgresConnection, Reference } from '../../config/config.ts';
import { resolveReference } from '../../config/reference.ts';
import { assertLookedUp, exportReferences } from '../../config/reference-lookup.ts';
import { TerminalError } from '../../errors.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Everything a driver needs to connect; holds the password, so it is never printed. */
export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string;
  /** Null: no TLS. */
  readonly tls: ConnectionOptions | null;
  readonly channelBinding: boolean;
  readonly options?: string;
}

type ServerConnection = Exclude<PostgresConnection, { kind: 'embedded' }>;

interface TlsWish {
  /** What the connection asked for, if anything. */
  readonly mode: 'verify' | 'off' | 'default';
  readonly caFile?: string;
  readonly verifyTls: boolean;
}

/**
 * Looks up the references of a connection and decides about TLS. Throws `TerminalError` for what cannot be used;
 * messages never carry any text of the URL.
 */
export function connectionSettings(connection: ServerConnection, env: Env): ConnectionSettings {
  assertLookedUp(exportReferences({ connection }), env);
  return connection.kind === 'url' ? fromUrl(connection, env) : fromParts(connection, env);
}

/** The server and database in words, for messages. */
export function describeServer({ host, port, database }: ConnectionSettings): string {
  return `${host}:${port}/${database}`;
}

/** True for this machine: loopback addresses and socket folders, where nobody can listen in. */
export function isLocalHost(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function fromUrl(connection: Extract<ServerConnection, { kind: 'url' }>, env: Env): ConnectionSettings {
  const url = parseUrl(resolveUrl(connection.url, env));
  const query = url.searchParams;
  const host =
    query.get('host') || decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost';
  const user = query.get('user') ?? decodeURIComponent(url.username);
  const mode = query.get('sslmode');
  return {
    host,
    port: Number(query.get('port') || url.port || 5432),
    user,
    database: decodeURIComponent(url.pathname.slice(1)) || user,
    password: query.get('password') ?? (url.password ? decodeURIComponent(url.password) : undefined),
    tls: decideTls(host, {
      mode: mode === 'disable' ? 'off' : mode && mode !== 'prefer' && mode !== 'allow' ? 'verify' : 'default',
      caFile: connection.caFile ?? query.get('sslrootcert') ?? undefined,
      verifyTls: connection.verifyTls,
    }),
    channelBinding: query.get('channel_binding') === 'require',
    options: query.get('options') ?? undefined,
  };
}

function fromParts(connection: Extract<ServerConnection, { kind: 'parts' }>, env: Env): ConnectionSettings {
  const host = resolveReference(connection.host, env);
  return {
    host,
    port: connection.port,
    database: resolveReference(connection.database, env),
    user: resolveReference(connection.user, env),
    password: connection.password && resolveReference(connection.password, env),
    tls: decideTls(host, {
      mode: connection.tls === 'off' ? 'off' : isLocalHost(host) ? 'default' : 'verify',
      caFile: connection.caFile,
      verifyTls: connection.verifyTls,
    }),
    channelBinding: false,
  };
}

/** References between `//` and `@` are raw user names and passwords, which may hold any character. */
function resolveUrl(reference: Reference, env: Env): string {
  const { template } = reference;
  const end = /^postgres(ql)?:\/\//.test(template) ? template.lastIndexOf('@') : -1;
  if (end < 0) return resolveReference(reference, env);
  const encoded = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value && encodeURIComponent(value)]),
  );
  return (
    resolveReference({ template: template.slice(0, end) }, encoded) +
    resolveReference({ template: template.slice(end) }, env)
  );
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  // A `/` or `#` in a password ends the host there, and the rest of the password would be told as the database.
  const isCutShort = url !== null && (url.pathname.includes('@') || url.hash !== '');
  if (url && /^postgres(ql)?:$/.test(url.protocol) && !isCutShort) {
    try {
      for (const part of [url.username, url.password, url.hostname, url.pathname]) decodeURIComponent(part);
      return url;
    } catch {
      // A lone % sign: told like any other text that is no URL, since the reason would quote it.
    }
  }
  throw new TerminalError(
    'TARGET_URL_INVALID',
    'The Postgres connection URL cannot be read. Write postgres://user:password@host:5432/database, with special ' +
      'characters of user and password percent-encoded (@ is %40, / is %2F, # is %23, % is %25).',
  );
}

function decideTls(host: string, { mode, caFile, verifyTls }: TlsWish): ConnectionOptions | null {
  if (mode === 'off' && (isLocalHost(host) || !verifyTls)) return null;
  if (mode === 'off') {
    throw new TerminalError(
      'TARGET_TLS_REQUIRED',
      `The connection to ${host} has TLS turned off, which is for this machine only: password and rows would travel ` +
        'in plain sight. Remove "tls: off" (in a URL: sslmode=disable), or set "verifyTls: false" if you must.',
    );
  }
  if (mode === 'default' && isLocalHost(host) && !caFile) return null;
  const ca = caFile === undefined ? undefined : readCa(caFile);
  return { rejectUnauthorized: verifyTls, ca };
}

function readCa(caFile: string): string {
  try {
    return readFileSync(caFile, 'utf8');
  } catch (cause) {
    throw new TerminalError(
      'TARGET_TLS',
      `The certificate file ${caFile} ("caFile" of the connection) cannot be read. Check its path and permissions.`,
      { cause },
    );
  }
}
