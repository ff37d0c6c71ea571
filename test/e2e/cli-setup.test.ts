import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createProject, type Project } from './cli-process.ts';

let project: Project;
afterEach(() => project.remove());

describe('tidemark init', { timeout: 60_000 }, () => {
  it('writes a configuration that is valid, and the folder for its first files', async () => {
    project = await createProject(null);
    const made = await project.run(['init', 'shop']);
    const checked = await project.run(['validate']);
    const paths = await project.run(['paths', 'customer', '--json']);

    expect(made).toMatchObject({ code: 0, stdout: `${join(project.dir, 'tidemark.yaml')}\n` });
    expect(checked).toEqual({
      code: 0,
      signal: null,
      stdout: 'tidemark.yaml is valid: 1 table, 0 exports.\n',
      stderr: '',
    });
    expect(JSON.parse(paths.stdout)).toEqual({
      incoming: join(project.dir, 'files/customer_incoming'),
      processed: join(project.dir, 'files/customer_processed'),
      rejected: join(project.dir, 'files/customer_rejected'),
    });
    expect(made.stderr).toContain(`Put change files into ${join(project.dir, 'files/customer_incoming')}\n`);
  });

  it('replaces a configuration only with --force', async () => {
    project = await createProject('mine');
    const path = join(project.dir, 'tidemark.yaml');
    const refused = await project.run(['init']);
    const kept = await readFile(path, 'utf8');
    const forced = await project.run(['init', '--force', '--quiet']);

    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toBe(
      `error CONFIG_EXISTS: ${path} is there already. Use --force to replace it.\n`,
    );
    expect(kept).toBe('mine');
    expect(forced).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(path, 'utf8')).toContain('tables:\n');
  });
});

describe('tidemark validate', { timeout: 60_000 }, () => {
  const WRONG = 'name: shop\nengin: {kind: duckdb}\ntables:\n  - {name: orders, keys: []}\n';

  it('row 18: lists every problem with place and fix and ends with 2', async () => {
    project = await createProject(WRONG);
    const { code, stdout, stderr } = await project.run(['validate']);

    const [first, second, last] = stdout.split('\n');
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(first).toBe('problem engin (line 2): is not a known field. Did you mean "engine"?');
    expect(second).toMatch(/^problem tables\[0\]\.keys \(line 4\): .+\. .+/);
    expect(last).toBe('tidemark.yaml has 2 problems.');
  });

  it('gives the same as one JSON document', async () => {
    project = await createProject(WRONG);
    const { code, stdout } = await project.run(['validate', '--json']);

    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      problems: [
        { path: 'engin', line: 2 },
        { path: 'tables[0].keys', line: 4 },
      ],
      warnings: [],
    });
  });

  it('reads the configuration that the environment names, unless an option names another', async () => {
    project = await createProject(null);
    await writeFile(join(project.dir, 'named.yaml'), 'name: shop\ntables:\n  - {name: orders, keys: [id]}\n');
    await writeFile(join(project.dir, 'option.yaml'), WRONG);
    const env = { TIDEMARK_CONFIG: 'named.yaml' };

    const byVariable = await project.run(['validate'], env);
    const byOption = await project.run(['validate', '--config', 'option.yaml'], env);
    const byDefault = await project.run(['validate'], { TIDEMARK_CONFIG: '' });

    expect([byVariable.code, byOption.code, byDefault.code]).toEqual([0, 2, 2]);
    expect(byVariable.stdout).toContain('named.yaml');
    expect(byOption.stdout).toContain('option.yaml has 2 problems.');
    expect(byDefault.stderr).toContain('tidemark.yaml');
  });

  it('says where it looked when there is no configuration', async () => {
    project = await createProject(null);
    const { code, stderr } = await project.run(['-c', 'other.yaml', 'validate']);

    expect(code).toBe(2);
    expect(stderr).toBe(
      `error CONFIG_NOT_FOUND: There is no configuration ${join(project.dir, 'other.yaml')}. Run \`tidemark init\` to write one, or name another with --config.\n`,
    );
  });
});

describe('the program', { timeout: 60_000 }, () => {
  it('is found by npx in a checkout, without a build', async () => {
    project = await createProject(null);
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    const { stdout } = await promisify(execFile)('npx', ['--offline', 'tidemark', '--version'], {
      cwd: root,
    });

    expect(stdout).toBe(`${version}\n`);
  });

  it('runs where a broken tsconfig.json lies', async () => {
    project = await createProject('name: shop\ntables: [{name: orders, keys: [id]}]\n');
    await writeFile(join(project.dir, 'tsconfig.json'), '{{{');

    expect(await project.run(['validate'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('tells its exit codes in its help', async () => {
    project = await createProject(null);
    const { code, stdout } = await project.run(['--help']);

    expect(code).toBe(0);
    expect(stdout).toContain('\n  3    a file was rejected; everything else was applied\n');
  });
});
