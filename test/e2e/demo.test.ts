import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cells, damagedFileCounts, part, provenRows } from '../helpers/demo-output.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], cwd = ROOT): Promise<Ended> {
  const { FORCE_COLOR: _force, ...env } = process.env;
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (some: string) => {
      text[name] += some;
    });
  }
  return new Promise((settle, fail) => {
    child.once('error', fail);
    child.once('close', (code) => settle({ code, ...text }));
  });
}

const runDemo = (...args: readonly string[]): Promise<Ended> =>
  run(process.execPath, ['--import', 'tsx', join(ROOT, 'examples/demo/demo.ts'), ...args]);

describe('npm run demo', () => {
  let temporary: string;
  let shop: string;
  let demo: Ended;
  beforeAll(async () => {
    // Inside the checkout, where `npx` finds the program; Postgres enters it as another user when the tests run as root.
    await mkdir(CACHE, { recursive: true });
    temporary = await mkdtemp(join(CACHE, 'tidemark-demo-'));
    await chmod(temporary, 0o711);
    shop = join(temporary, 'tea shop');
    demo = await runDemo('--dir', shop);
  }, 120_000);
  afterAll(() => rm(temporary, { recursive: true, force: true }));

  it('ends well, without a word of warning', () => {
    expect({ code: demo.code, stderr: demo.stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('finds every row of the shop in the histories, in the past and in Postgres', () => {
    const { found, expected } = provenRows(demo.stdout);

    expect(found).toEqual(expected);
  });

  it('shows the damaged file being rejected while the others are applied', () => {
    const lines = part(demo.stdout, 'A damaged file');

    expect(damagedFileCounts(demo.stdout)).toEqual([
      ['products', '0', '1'],
      ['orders', '1', '0'],
    ]);
    expect(lines.find((line) => line.startsWith('rejected'))).toMatch(
      /^rejected products\/.*: PAGE_DAMAGED$/,
    );
  });

  it('tells repeated changes from new ones', () => {
    const rows = part(demo.stdout, 'A new column').map(cells);
    const counts = (table: string) =>
      rows
        .find(([first]) => first === table)
        ?.slice(1)
        .map(Number);

    const [, orderRows, orderOpened, , orderUnchanged] = counts('orders')!;
    const [, lineRows, lineOpened, , , lineStale] = counts('order_lines')!;
    expect(orderUnchanged).toBeGreaterThan(0);
    expect(orderRows).toBe(orderOpened! + orderUnchanged!);
    expect(lineStale).toBeGreaterThan(0);
    expect(lineRows).toBe(lineOpened! + lineStale!);
  });

  it('draws a customer who moves, leaves, comes back and gets the new column', () => {
    const drawn = part(demo.stdout, 'One customer').filter((line) => !/^│ {2}\d|^┊/.test(line));

    expect(drawn.map((line) => line.replace(/\.\d{6}|\d\d:\d\d:\d\d/g, '').replace(/\s+/g, ' '))).toEqual(
      expect.arrayContaining([
        '● 2026-03-02 inserted',
        '│ name Zoë Ångström',
        '│ city Graz → Zürich',
        '✕ 2026-03-02 deleted',
        '● 2026-03-02 inserted again',
        '│ city Zürich → Łódź',
        '│ loyalty_tier ∅ → gold',
        '▼ now',
      ]),
    );
  });

  it('suggests three commands that work as they stand, in the folder it names', async () => {
    const [enter, ...commands] = part(demo.stdout, 'Three commands to try next');
    const ended = await Promise.all(commands.map((line) => run('sh', ['-c', `${enter} && ${line}`])));

    expect(enter).toBe(`cd "${relative(ROOT, shop)}"`);
    expect(commands.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'npx tidemark timeline',
      'npx tidemark snapshot',
      'npx tidemark rejected',
    ]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    const [timeline, snapshot, rejected] = ended.map(({ stdout }) => stdout);
    expect(timeline).toContain('paid → shipped');
    expect(snapshot!.split('\n').filter((line) => /^ *\d/.test(line))).toHaveLength(39);
    expect(rejected).toContain('PAGE_DAMAGED');
  }, 60_000);

  it('leaves a folder whose histories keep every promise', async () => {
    const verify = await run(process.execPath, [
      join(ROOT, 'bin/tidemark.mjs'),
      'verify',
      '-c',
      join(shop, 'tidemark.yaml'),
    ]);

    expect({ code: verify.code, stderr: verify.stderr }).toEqual({ code: 0, stderr: '' });
    expect((await readdir(shop)).sort()).toEqual([
      '.tidemark-demo',
      'files',
      'postgres',
      'tidemark.duckdb',
      'tidemark.yaml',
    ]);
  });
});

describe('npm run demo, asked for something else', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tidemark-demo-'));
    await writeFile(join(dir, 'letter.txt'), 'dear aunt');
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('touches nothing in a folder that it did not make', async () => {
    const { code, stdout, stderr } = await runDemo('--dir', dir);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--force');
    expect(await readdir(dir)).toEqual(['letter.txt']);
  });

  it('says that it left out Postgres, and proves the rest', async () => {
    const { code, stdout, stderr } = await runDemo('--dir', dir, '--force', '--no-postgres');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('The export to Postgres was left out (--no-postgres).');
    expect(part(stdout, 'Does it add up?').filter((line) => line.endsWith('  ok'))).toHaveLength(8);
    expect(await readdir(dir)).not.toContain('postgres');
  }, 60_000);
});
