import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../examples/demo/shop-session.ts';
import { part, provenRows, WHOLE_SHOP } from '../helpers/demo-output.ts';
import { type Ended, type Program, startProgram } from '../helpers/program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache');

const start = (program: string, args: readonly string[]): Program => {
  const { FORCE_COLOR: _force, ...env } = process.env;
  return startProgram(program, args, { cwd: ROOT, env });
};

const run = (...args: readonly string[]): Promise<Ended> => start('sh', ['-c', args.join(' && ')]).ended;

const runDemo = (...args: readonly string[]): Promise<Ended> =>
  start(process.execPath, ['--import', 'tsx', join(ROOT, 'examples/demo/demo.ts'), ...args]).ended;

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
    const served = start('sh', ['-c', `${enter} && exec ${serve}`]);
    const session = await openSession((await served.said('://')).trim());
    await session.query(`update customers set city = 'Cork' where customer_id = 17`);
    await session.end();
    served.interrupt();
    await served.ended;
    const ended: Ended[] = [];
    for (const line of commands) ended.push(await run(enter!, line));
    const after = await run(enter!, 'npx tidemark timeline customers --key customer_id=17');

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
