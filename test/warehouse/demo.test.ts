import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { part, provenRows } from '../helpers/demo-output.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema, openTestSession } from './bench/test-session.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache');
const MINUTES = 60_000;
const STAYS = 'The warehouse runs until you press Ctrl-C here.';

interface Running {
  readonly child: ReturnType<typeof spawn>;
  readonly text: { stdout: string; stderr: string };
  /** Resolves once stdout has this text; rejects when the program ends without. */
  said(what: string): Promise<void>;
  ended(): Promise<number | null>;
}

function start(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Running {
  const { FORCE_COLOR: _force, DATABRICKS_HOST: _host, ...usual } = env;
  // What Node has to say of its own future is not the demo's.
  const quiet = { ...usual, NODE_NO_WARNINGS: '1' };
  const child = spawn(program, args, { cwd: ROOT, env: quiet, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (some: string) => {
    text.stdout += some;
  });
  child.stderr.setEncoding('utf8').on('data', (some: string) => {
    text.stderr += some;
  });
  const closed = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    text,
    ended: () => closed,
    said: (what) =>
      new Promise((settle, fail) => {
        const look = (): void => {
          if (text.stdout.includes(what)) settle();
        };
        child.stdout.on('data', look);
        closed.then(() => fail(new Error(`ended without ${JSON.stringify(what)}: ${text.stderr}`)));
        look();
      }),
  };
}

describeWithWarehouse('npm run demo -- --engine databricks', (warehouse) => {
  const schema = freshSchema();
  let temporary: string;
  let shop: string;
  let demo: Running;
  beforeAll(async () => {
    await mkdir(CACHE, { recursive: true });
    temporary = await mkdtemp(join(CACHE, 'tidemark-demo-'));
    await chmod(temporary, 0o711);
    shop = join(temporary, 'tea shop');
    const script = join(ROOT, 'examples/demo/demo.ts');
    // What the engine does with the whole shop, test/e2e/demo.test.ts proves in a part of the time.
    const small = ['--tables', 'customers', '--no-postgres', '--seconds', '3', '--rate', '20'];
    const options = ['--engine', 'databricks', '--schema', schema, '--dir', shop, '--stay', ...small];
    const env = { ...process.env, TIDEMARK_SPARK_PORT: String(warehouse().sparkPort) };
    demo = start(process.execPath, ['--import', 'tsx', script, ...options], env);
    await demo.said(STAYS);
  }, 15 * MINUTES);
  afterAll(async () => {
    demo?.child.kill('SIGINT');
    await demo?.ended();
    await rm(temporary, { recursive: true, force: true });
  }, MINUTES);

  it('finds every row of the source in the histories, now and as they were, though the worker was killed', () => {
    const tables = ['customers', 'tallies'];
    const { found, expected } = provenRows(demo.text.stdout, {
      ...{ places: ['snapshot now'], tables, kept: 2, moments: 3 },
    });

    expect(found).toEqual(expected);
    expect(demo.text.stdout).toMatch(/Process \d+ goes on where \d+ was\./);
  });

  it(
    'suggests commands that work as they stand while it waits',
    async () => {
      const lines = part(demo.text.stdout, 'Commands to try next');
      const enter = lines.filter((line) => /^(cd|export) /.test(line));
      const commands = lines.filter((line) => line.startsWith('npx'));
      const snapshot = commands.find((line) => line.includes('snapshot customers --as-of'))!;
      const run = start('sh', ['-c', [...enter, snapshot].join(' && ')]);

      expect(await run.ended(), run.text.stderr).toBe(0);
      expect(commands.map((line) => line.split(' ').slice(2, 4).join(' '))).toEqual([
        'status',
        'snapshot customers',
        'verify',
        'dev capture',
        'ingest',
        'dev postgres',
      ]);
      expect(run.text.stdout.split('\n').filter((line) => /^ *\d+ {2}/.test(line)).length).toBeGreaterThan(
        30,
      );
    },
    5 * MINUTES,
  );

  it(
    'ends well at Ctrl-C and leaves nothing in a Spark that was there before',
    async () => {
      demo.child.kill('SIGINT');
      const code = await demo.ended();

      expect({ code, stderr: demo.text.stderr }).toEqual({ code: 0, stderr: '' });
      expect((await readdir(shop)).sort()).toEqual(['.tidemark-demo', 'files', 'source', 'tidemark.yaml']);
      const session = await openTestSession(warehouse());
      expect(await session.run(`show schemas like '${schema}'`)).toEqual([]);
      await session.close();
    },
    MINUTES,
  );
});
