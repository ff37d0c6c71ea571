import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openDuckdb } from '../../lib/engines/duckdb/engine.ts';
import { createProject, type Project } from './cli-process.ts';

let project: Project;
afterEach(() => project.remove());

const CONFIG = [
  'name: shop',
  'schema: crm',
  'engine: {kind: duckdb, path: ./history.duckdb}',
  'tables:',
  '  - {name: customer, keys: id, columns: {id: bigint, name: string}}',
  '  - {name: orders, keys: id}',
  '',
].join('\n');

const KINDS = ['schema', ...Array(5).fill('ledger'), 'history', 'view', 'history', 'view'];

describe('tidemark setup', { timeout: 60_000 }, () => {
  it('makes what is missing, says so of each object, and has nothing to do the second time', async () => {
    project = await createProject(CONFIG);
    const first = await project.run(['setup']);
    const second = await project.run(['setup']);

    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^schema +crm +made$/m);
    expect(first.stdout).toMatch(/^view +customer_versions +made$/m);
    expect(first.stdout).toMatch(
      /^history +orders +later +made by the first ingest, from the columns of its files$/m,
    );
    expect(first.stdout).toMatch(/\n\n8 objects made or migrated\.\n$/);
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).not.toContain(' made\n');
    expect(second.stdout).toMatch(/\n\nnothing to do\.\n$/);
  });

  it('prints the statements of a dry run, and makes not even the file of the database', async () => {
    project = await createProject(CONFIG);
    const { code, stdout, stderr } = await project.run(['setup', '--dry-run']);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('\n-- schema crm\ncreate schema if not exists "crm";\n');
    expect(stdout).toContain(
      '\n-- history customer\ncreate table if not exists "crm"."customer" (\n  "id" bigint,\n',
    );
    expect(stdout).toMatch(/\n\n8 objects to make or migrate; nothing was changed\.\n$/);
    expect(existsSync(join(project.dir, 'history.duckdb'))).toBe(false);
  });

  it('gives one JSON document for machines', async () => {
    project = await createProject(CONFIG);
    await project.run(['setup']);
    const { code, stdout } = await project.run(['setup', '--json']);

    const { objects } = JSON.parse(stdout) as { objects: Record<string, unknown>[] };
    expect(code).toBe(0);
    expect(objects.map(({ kind }) => kind)).toEqual(KINDS);
    expect(objects[6]).toEqual({
      kind: 'history',
      name: 'customer',
      state: 'fits',
      done: false,
      statements: [],
      note: null,
      remedies: [],
      error: null,
    });
  });

  it('ends with 4 when something else is in the way, leaves that alone, and makes the rest', async () => {
    project = await createProject(CONFIG);
    const engine = await openDuckdb({ path: join(project.dir, 'history.duckdb'), schema: 'crm' });
    await engine.execute('create table crm.orders (id bigint)');
    await engine.close();
    const { code, stdout, stderr } = await project.run(['setup']);

    expect({ code, stderr }).toEqual({ code: 4, stderr: '' });
    expect(stdout).toMatch(/^history +customer +made$/m);
    expect(stdout).toMatch(/^history +orders +differs +it has no column "effective_date", "end_date", and/m);
    expect(stdout).toMatch(/\n\n7 objects made or migrated; 2 objects need a person\.\n$/);
  });
});

describe('tidemark maintain', { timeout: 60_000 }, () => {
  it('says what it ran, and in a dry run only what it would run', async () => {
    project = await createProject(CONFIG);
    await project.run(['setup']);
    const dry = await project.run(['maintain', '--dry-run']);
    const { code, stdout, stderr } = await project.run(['maintain', '--json']);

    expect(dry).toMatchObject({ code: 0, stdout: 'checkpoint;\n', stderr: '' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      statements: [
        {
          table: null,
          does: 'checkpoint',
          sql: 'checkpoint',
          done: true,
          seconds: expect.any(Number),
          metrics: null,
          error: null,
        },
      ],
    });
  });
});
