import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  LOGICAL_LOG,
  startEmbeddedPostgres,
} from '../../lib/targets/postgres/embedded/start-embedded-postgres.ts';

/** A real Postgres whose log can be decoded, for one test file. */
export interface SourceServer {
  /** Makes a fresh, empty database. */
  database(): Promise<SourceDatabase>;
  stop(): Promise<void>;
}

/** A database of a source server. */
export interface SourceDatabase {
  readonly url: string;
  /** Runs SQL in a session of its own; values are the server's text. */
  query(sql: string, params?: readonly unknown[]): Promise<Record<string, string | null>[]>;
  /** A session that stays open until the database is closed. */
  session(): Promise<pg.Client>;
  /** Drops the database with its slots, whoever is connected. */
  close(): Promise<void>;
}

/** Starts a server of its own: that of all tests has no log to decode, and other users. */
export async function startSourcePostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<SourceServer> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-test-source-'));
  await chmod(dir, 0o711);
  const wanted = { ...LOGICAL_LOG, max_wal_senders: '8', max_replication_slots: '8', shared_buffers: '32MB' };
  const server = await startEmbeddedPostgres({ dir, fast: true, settings: { ...wanted, ...settings } });
  return {
    database: () => createDatabase(server.url),
    stop: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function createDatabase(serverUrl: string): Promise<SourceDatabase> {
  const name = `source_${randomBytes(6).toString('hex')}`;
  await runOnce(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const sessions: pg.Client[] = [];
  const session = async (): Promise<pg.Client> => {
    const client = await connect(url.href);
    sessions.push(client);
    return client;
  };
  const pool = await session();
  return {
    url: url.href,
    query: async (sql, params) => (await pool.query(sql, params ? [...params] : undefined)).rows,
    session,
    close: async () => {
      for (const client of sessions) await client.end();
      await dropSlots(serverUrl, name);
      await runOnce(serverUrl, `drop database ${name} with (force)`);
    },
  };
}

async function dropSlots(serverUrl: string, database: string): Promise<void> {
  const client = await connect(serverUrl);
  try {
    await client.query(
      'select pg_terminate_backend(active_pid) from pg_replication_slots where database = $1 and active',
      [database],
    );
    for (let left = 50; left > 0; left -= 1) {
      const { rows } = await client.query(
        'select active from pg_replication_slots where database = $1 and active',
        [database],
      );
      if (rows.length === 0) break;
    }
    await client.query(
      'select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1',
      [database],
    );
  } finally {
    await client.end();
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    types: { getTypeParser: () => (value: string) => value },
    options: '-c TimeZone=UTC -c lc_monetary=C',
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function runOnce(url: string, sql: string): Promise<void> {
  const client = await connect(url);
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
