import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** A database of a test's own on the shared server. */
export interface TestDatabase {
  readonly url: string;
  /** Runs SQL. Every value comes back as the text Postgres sent, or null. */
  query<R extends Record<string, string | null> = Record<string, string | null>>(
    sql: string,
    params?: readonly unknown[],
  ): Promise<R[]>;
  /** Drops the database, whoever is still connected to it. */
  close(): Promise<void>;
}

const AS_TEXT: pg.CustomTypesConfig = { getTypeParser: () => (value: string) => value };

/** Makes a fresh, empty database. Call `close` when done. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  const name = `tidemark_test_${randomBytes(6).toString('hex')}`;
  await runOnce(
    serverUrl,
    `create database ${name} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'`,
  );
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 4, types: AS_TEXT });
  pool.on('error', () => {});
  return {
    url: url.href,
    query: async <R>(sql: string, params?: readonly unknown[]) =>
      (await pool.query(sql, params ? [...params] : undefined)).rows as R[],
    close: async () => {
      await pool.end();
      await runOnce(serverUrl, `drop database ${name} with (force)`);
    },
  };
}

async function runOnce(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
