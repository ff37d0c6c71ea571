import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createProject, type Project } from './cli-process.ts';

let project: Project;
afterEach(() => project.remove());

describe('tidemark init --engine databricks', { timeout: 60_000 }, () => {
  it('writes a configuration that is valid without any variable set, and no folder', async () => {
    project = await createProject(null);
    const made = await project.run(['init', 'My Shop', '--engine', 'databricks']);
    const checked = await project.run(['validate']);
    const paths = await project.run(['paths', 'customer', '--json']);

    expect(made).toMatchObject({ code: 0, stdout: `${join(project.dir, 'tidemark.yaml')}\n` });
    expect(await readdir(project.dir)).toEqual(['tidemark.yaml']);
    expect(await readFile(join(project.dir, 'tidemark.yaml'), 'utf8')).toContain('\ncatalog: my_shop\n');
    expect(checked).toEqual({
      code: 0,
      signal: null,
      stdout: 'tidemark.yaml is valid: 1 table, 0 exports.\n',
      stderr: '',
    });
    expect(JSON.parse(paths.stdout)).toEqual({
      incoming: '/Volumes/my_shop/main/customer_incoming',
      processed: '/Volumes/my_shop/main/customer_processed',
      rejected: '/Volumes/my_shop/main/customer_rejected',
    });
  });

  it('says which variables to set, and where files go', async () => {
    project = await createProject(null);
    const { stderr } = await project.run(['init', 'shop', '--engine', 'databricks']);

    expect(stderr).toBe(
      [
        'Next:',
        '  1. Name your tables and their keys in it, then run "tidemark validate".',
        '  2. Set DATABRICKS_HOST, DATABRICKS_HTTP_PATH, DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, then run "tidemark setup".',
        '  3. Put change files into /Volumes/shop/main/customer_incoming',
        '  4. Run "tidemark ingest", then "tidemark snapshot customer".',
        '',
      ].join('\n'),
    );
  });

  it('refuses an engine that there is not', async () => {
    project = await createProject(null);
    const { code, stderr } = await project.run(['init', '--engine', 'snowflake']);

    expect(code).toBe(2);
    expect(stderr).toContain('Allowed choices are duckdb, databricks.');
    expect(await readdir(project.dir)).toEqual([]);
  });
});

describe('tidemark validate', { timeout: 60_000 }, () => {
  it('tells what in a Databricks engine is wrong and what is risky, without repeating a secret', async () => {
    project = await createProject(`name: shop
engine:
  kind: databricks
  host: https://dbc-1.cloud.databricks.com/
  httpPath: sql/1.0/warehouses/abc
  auth: {token: dapi0123456789}
tables: [{name: orders, keys: [id]}]
`);
    const { code, stdout, stderr } = await project.run(['validate']);

    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(stdout).toBe(
      [
        'problem engine.host (line 4): is more than the name of a host. Write dbc-1.cloud.databricks.com.',
        'problem engine.httpPath (line 5): is not written as the path of a SQL warehouse. Write /sql/1.0/warehouses/abc.',
        'problem engine.auth.token (line 6): is a token in plain text. Take it out of the file. Write ${env:NAME}, where NAME is an environment variable of letters, digits and underscores.',
        'tidemark.yaml has 3 problems.',
        '',
      ].join('\n'),
    );
  });
});
