import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { damagedFileCounts, part, provenRows } from '../helpers/demo-output.ts';
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
  const child = spawn(program, args, { cwd: ROOT, env: usual, stdio: ['ignore', 'pipe', 'pipe'] });
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
    const options = ['--engine', 'databricks', '--schema', schema, '--dir', shop, '--stay'];
    const env = { ...process.env, TIDEMARK_SPARK_PORT: String(warehouse().sparkPort) };
    demo = start(process.execPath, ['--import', 'tsx', script, ...options], env);
    await demo.said(STAYS);
  }, 15 * MINUTES);
  afterAll(async () => {
    demo?.child.kill('SIGINT');
    await demo?.ended();
    await rm(temporary, { recursive: true, force: true });
  }, MINUTES);

  it('finds every row of the shop in the histories, in the past and in Postgres', () => {
    const { found, expected } = provenRows(demo.text.stdout);

    expect(found).toEqual(expected);
  });

  it('rejects the damaged file while the others are applied', () => {
    expect(damagedFileCounts(demo.text.stdout)).toEqual([
      ['products', '0', '1'],
      ['orders', '1', '0'],
    ]);
  });

  it(
    'suggests commands that work as they stand while it waits',
    async () => {
      const lines = part(demo.text.stdout, 'Three commands to try next').filter(
        (line) => !/^Type/.test(line),
      );
      const enter = lines.filter((line) => !line.startsWith('npx'));
      const commands = lines.filter((line) => line.startsWith('npx'));
      const outputs: string[] = [];
      for (const command of commands) {
        const run = start('sh', ['-c', [...enter, command].join(' && ')]);
        expect(await run.ended(), run.text.stderr).toBe(0);
        outputs.push(run.text.stdout);
      }

      expect(commands.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
        'npx tidemark timeline',
        'npx tidemark snapshot',
        'npx tidemark rejected',
      ]);
      const [timeline, snapshot, rejected] = outputs;
      expect(timeline).toContain('paid → shipped');
      expect(snapshot!.split('\n').filter((line) => /^ *\d/.test(line))).toHaveLength(39);
      expect(rejected).toContain('PAGE_DAMAGED');
    },
    5 * MINUTES,
  );

  it(
    'ends well at Ctrl-C and leaves nothing in a Spark that was there before',
    async () => {
      demo.child.kill('SIGINT');
      const code = await demo.ended();

      expect({ code, stderr: demo.text.stderr }).toEqual({ code: 0, stderr: '' });
      expect(await readdir(shop)).not.toContain('tidemark.duckdb');
      const session = await openTestSession(warehouse());
      expect(await session.run(`show schemas like '${schema}'`)).toEqual([]);
      await session.close();
    },
    MINUTES,
  );
});
