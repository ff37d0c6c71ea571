import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { part, provenRows } from '../helpers/demo-output.ts';
import { type Program, startProgram } from '../helpers/program.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema, openTestSession } from './bench/test-session.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache');
const MINUTES = 60_000;
const STAYS = 'The warehouse runs until you press Ctrl-C here.';

const start = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Program => {
  const { FORCE_COLOR: _force, DATABRICKS_HOST: _host, ...usual } = env;
  // What Node has to say of its own future is not the demo's.
  return startProgram(program, args, { cwd: ROOT, env: { ...usual, NODE_NO_WARNINGS: '1' } });
};

describeWithWarehouse('npm run demo -- --engine databricks', (warehouse) => {
  const schema = freshSchema();
  let temporary: string;
  let shop: string;
  let demo: Program;
  let shown: string;
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
    shown = await demo.said(STAYS);
  }, 15 * MINUTES);
  afterAll(async () => {
    demo?.child.kill('SIGKILL');
    await demo?.ended;
    await rm(temporary, { recursive: true, force: true });
  }, MINUTES);

  it('finds every row of the source in the histories, now and as they were, though the worker was killed', () => {
    const tables = ['customers', 'tallies'];
    const { found, expected } = provenRows(shown, {
      ...{ places: ['snapshot now'], tables, kept: 2, moments: 3 },
    });

    expect(found).toEqual(expected);
    expect(shown).toMatch(/Process \d+ goes on where \d+ was\./);
  });

  it(
    'suggests commands that work as they stand while it waits',
    async () => {
      const lines = part(shown, 'Commands to try next');
      const enter = lines.filter((line) => /^(cd|export) /.test(line));
      const commands = lines.filter((line) => line.startsWith('npx'));
      const snapshot = commands.find((line) => line.includes('snapshot customers --as-of'))!;
      const { code, stdout, stderr } = await start('sh', ['-c', [...enter, snapshot].join(' && ')]).ended;

      const rows = stdout.split('\n').filter((line) => /^ *\d+ {2}/.test(line)).length;
      // npm has its own say before.
      expect({ code, said: stderr.split('\n').slice(-2) }).toEqual({ code: 0, said: [`${rows} rows`, ''] });
      expect(rows).toBeGreaterThan(30);
      expect(commands.map((line) => line.split(' ').slice(2, 4).join(' '))).toEqual([
        'status',
        'snapshot customers',
        'verify',
        'dev capture',
        'ingest',
        'dev postgres',
      ]);
    },
    5 * MINUTES,
  );

  it(
    'ends well at Ctrl-C and leaves nothing in a Spark that was there before',
    async () => {
      demo.interrupt();
      const { code, stderr } = await demo.ended;

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect((await readdir(shop)).sort()).toEqual(['.tidemark-demo', 'files', 'source', 'tidemark.yaml']);
      const session = await openTestSession(warehouse());
      expect(await session.run(`show schemas like '${schema}'`)).toEqual([]);
      await session.close();
    },
    MINUTES,
  );
});
