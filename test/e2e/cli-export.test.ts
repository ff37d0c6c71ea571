import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../helpers/postgres.ts';
import { createProject, parseLines, type Project } from './cli-process.ts';

const CONFIG = `
name: shop
tables:
  - {name: orders, keys: [order id]}
exports:
  - {name: main, connection: "\${env:PG_URL}", mode: incremental}
`;

describe('tidemark export', { timeout: 60_000 }, () => {
  let project: Project;
  let database: TestDatabase;
  beforeAll(async () => {
    project = await createProject(CONFIG);
    database = await createTestDatabase();
    await project.put('files/orders_incoming', 'gzip');
    expect(await project.run(['ingest'])).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await project.remove();
    await database.close();
  });

  it('makes the table hold the snapshot, first in full and then only what changed', async () => {
    const env = { PG_URL: database.url };
    const first = await project.run(['export', 'main', '--json'], env);
    const second = await project.run(['export'], env);
    const snapshot = await project.run(['snapshot', 'orders', '--format', 'ndjson']);
    const rows = await database.query('select "order id" as id, amount from orders order by 1');

    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout).exports).toMatchObject([
      {
        name: 'main',
        error: null,
        tables: [{ table: 'orders', target: 'public.orders', mode: 'full', error: null }],
      },
    ]);
    expect(second.code).toBe(0);
    expect(second.stdout.split('\n')[2]?.split(/\s+/)).toEqual([
      'main',
      'public.orders',
      'delta',
      '0',
      '0',
      '0',
      '0',
      '1',
    ]);
    expect(rows).toEqual(
      parseLines(snapshot.stdout).map((row) => ({ id: row['order id'], amount: row.amount })),
    );
  });

  it('sends a snapshot of the past to a table of its own', async () => {
    const { code, stdout } = await project.run(['export', '--as-of', '2026-01-31'], { PG_URL: database.url });

    expect({ code, line: stdout.split('\n')[2] }).toEqual({
      code: 0,
      line: expect.stringMatching(/^main\s+public\.orders_2026_01_31\s+full/),
    });
  });

  it('refuses to run without the secret, by the name of the variable', async () => {
    const { code, stdout } = await project.run(['export'], { PG_URL: '' });

    expect(code).toBe(2);
    expect(stdout).toMatch(
      /^main: error SECRET_MISSING: Environment variable PG_URL \(connection\.url\) is not set/,
    );
  });

  it('never says the password when the server refuses it or cannot be reached', async () => {
    const refused = new URL(database.url);
    refused.password = 'hunter2';
    const [wrong, absent] = await Promise.all([
      project.run(['--debug', 'export'], { PG_URL: refused.href }),
      project.run(['--debug', 'export'], { PG_URL: 'postgres://me:hunter2@127.0.0.1:1/postgres' }),
    ]);

    expect([wrong.code, absent.code]).toEqual([4, 5]);
    for (const { stdout, stderr } of [wrong, absent]) {
      expect(stdout).toMatch(/^main: error [A-Z_]+: /);
      expect(stdout + stderr).not.toContain('hunter2');
    }
  });

  it('suggests the export that was meant', async () => {
    const { code, stderr } = await project.run(['export', 'mains']);

    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'error UNKNOWN_EXPORT: No export is called "mains". Did you mean "main"?\n',
    });
  });
});

describe('tidemark dev postgres', { timeout: 60_000 }, () => {
  it('runs a server until Ctrl-C', async () => {
    const project = await createProject(null);
    await writeFile(
      join(project.dir, 'tidemark.yaml'),
      'name: shop\ntables: [{name: orders, keys: [id]}]\nexports: [{connection: {embedded: ./postgres}}]\n',
    );
    const { child, ended } = project.start(['dev', 'postgres']);
    const url = await new Promise<string>((settle, fail) => {
      child.stdout?.once('data', (text: string) => settle(text.trim()));
      child.once('close', () => fail(new Error('ended before it was ready')));
    });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query('select 1 as one');
    await client.end();
    child.kill('SIGINT');
    const { code } = await ended;
    await project.remove();

    expect(rows).toEqual([{ one: 1 }]);
    expect(code).toBe(0);
  });
});
