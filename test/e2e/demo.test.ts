import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../examples/demo/shop-session.ts';
import { part, provenRows, WHOLE_SHOP } from '../helpers/demo-output.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; with `onLine` until that is done with the first line of its output. */
function run(
  program: string,
  args: readonly string[],
  cwd = ROOT,
  onLine?: (line: string) => Promise<void>,
): Promise<Ended> {
  const { FORCE_COLOR: _force, ...env } = process.env;
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (some: string) => {
      text[name] += some;
    });
  }
  return new Promise((settle, fail) => {
    child.once('error', fail);
    child.once('close', (code) => settle({ code, ...text }));
    if (onLine) {
      const look = (): void => {
        const end = text.stdout.indexOf('\n');
        if (end < 0) return;
        child.stdout.off('data', look);
        // As Ctrl-C does, which reaches all that npx has started.
        const stop = (): boolean => process.kill(-child.pid!, 'SIGINT');
        onLine(text.stdout.slice(0, end)).then(stop, fail);
      };
      child.stdout.on('data', look);
    }
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
    demo = await runDemo('--dir', shop, '--seconds', '10');
  }, 120_000);
  afterAll(() => rm(temporary, { recursive: true, force: true }));

  it('ends well, without a word of warning', () => {
    expect({ code: demo.code, stderr: demo.stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('finds every row of the source in the histories, in the past and in the other Postgres', () => {
    const { found, expected } = provenRows(demo.stdout, WHOLE_SHOP);

    expect(found).toEqual(expected);
  });

  it('kills the process that does the work, and has another one go on', () => {
    const lines = part(demo.stdout, 'The shop is open');
    const kill = lines.findIndex((line) => line.includes('is killed in the middle'));
    const [, follower, dead] = /Process (\d+) goes on where (\d+) was\./.exec(lines.join('\n'))!;

    expect(kill).toBeGreaterThan(0);
    expect(follower).not.toBe(dead);
    expect(lines.slice(kill).some((line) => line.includes(`Process ${follower} goes on`))).toBe(true);
  });

  it('has rollbacks among its transactions, and prints a line now and then where nothing can be redrawn', () => {
    const lines = part(demo.stdout, 'The shop is open');

    expect(
      lines.filter((line) => /^ *\d+ s {2}[\d,]+ commits {2}[\d,]+ versions/.test(line)).length,
    ).toBeGreaterThan(1);
    expect(demo.stdout).not.toContain('\x1b');
  });

  it('draws a customer who moves, leaves, comes back and gets the new column', () => {
    const drawn = part(demo.stdout, 'One customer').map((line) =>
      line.replace(/ {2}\d{4}-.*Z? {2}(?=inserted|changed|deleted)/, ' ').replace(/\s+/g, ' '),
    );

    expect(drawn).toEqual(
      expect.arrayContaining([
        '│ name Zoë Ångström',
        '│ city Graz → Zürich',
        '│ city Zürich → Łódź',
        '│ newsletter true → false',
        '│ loyalty_tier ∅ → gold',
        '▼ now',
      ]),
    );
    expect(
      drawn.flatMap((line) => /(inserted again|inserted|changed|deleted)$/.exec(line)?.[1] ?? []),
    ).toEqual(['inserted', 'changed', 'deleted', 'inserted again', 'changed']);
  });

  it('suggests commands that work as they stand, also on what changes at the source afterwards', async () => {
    const lines = part(demo.stdout, 'Commands to try next');
    const [enter, ...commands] = lines.filter((line) => /^(cd|npx) /.test(line));
    const serve = commands.pop()!;
    await run('sh', ['-c', `${enter} && exec ${serve}`], ROOT, async (url) => {
      const session = await openSession(url);
      await session.query(`update customers set city = 'Cork' where customer_id = 17`);
      await session.end();
    });
    const ended: Ended[] = [];
    for (const line of commands) ended.push(await run('sh', ['-c', `${enter} && ${line}`]));
    const after = await run('sh', ['-c', `${enter} && npx tidemark timeline customers --key customer_id=17`]);

    expect(enter).toBe(`cd "${relative(ROOT, shop)}"`);
    expect(serve).toBe('npx tidemark dev postgres source');
    expect(commands.map((line) => line.split(' ').slice(2, 4).join(' '))).toEqual([
      'status',
      'snapshot customers',
      'verify',
      'dev capture',
      'ingest',
    ]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    expect(after.stdout).toContain('Łódź → Cork');
  }, 120_000);

  it('leaves a folder with what it says', async () => {
    expect((await readdir(shop)).sort()).toEqual([
      '.tidemark-demo',
      'files',
      'postgres',
      'source',
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
    const options = ['--no-postgres', '--seconds', '3', '--rate', '10', '--seed', '7'];
    const { code, stdout, stderr } = await runDemo('--dir', dir, '--force', ...options);
    const { found, expected } = provenRows(stdout, { ...WHOLE_SHOP, places: ['snapshot now'] });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('The export to Postgres was left out (--no-postgres).');
    expect(found).toEqual(expected);
    expect(await readdir(dir)).not.toContain('postgres');
  }, 60_000);
});
