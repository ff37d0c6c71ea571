import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  dropScratchSchema,
  makeScratchSchema,
  renderDropSchema,
} from '../../examples/demo/scratch-schema.ts';
import { withEngine } from '../../examples/demo/with-engine.ts';
import { schemaName } from '../../lib/catalog/schema-object.ts';
import { createDatabricksDialect } from '../../lib/engines/databricks/dialect.ts';
import { PipelineError } from '../../lib/errors.ts';
import { type BenchWorkspace, startBenchWorkspace } from './bench-workspace.ts';
import { readSettings, VOLUME, type WorkspaceSettings } from './settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

const MARK = 'Made by the tests of Tidemark. Drop it when no test runs.';

process.exitCode = await main(process.argv.slice(2));

/** Returns the exit code: that of the tests, 2 when they could not begin, 3 when something was left behind. */
async function main(args: readonly string[]): Promise<number> {
  const rest = args.filter((arg) => arg !== '--bench');
  let bench: BenchWorkspace | null = null;
  try {
    if (rest.length < args.length) bench = await startBenchWorkspace(process.env);
    return await runTests({ ...process.env, ...bench?.env }, rest);
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    process.stderr.write(`${error.code}: ${error.message}\n`);
    return 2;
  } finally {
    await bench?.stop();
  }
}

async function runTests(env: Env, args: readonly string[]): Promise<number> {
  const settings = readSettings(env, `tidemark_test_${randomBytes(5).toString('hex')}`);
  const { catalog, schema, engine } = settings;
  const scratch = { catalog, schema, mark: MARK };
  const inVolume = engine.server === 'databricks';
  process.stdout.write(
    `In ${env.DATABRICKS_HOST}, catalog ${catalog}, this makes schema ${schema}, and in it ` +
      `${inVolume ? `managed volume ${VOLUME}, ` : ''}tables and views of small tests. All of it is dropped at the end.\n`,
  );
  let code = 2;
  let left = false;
  // Ctrl-C ends the tests, which a terminal tells of it too; what they made is dropped here all the same.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  try {
    await withEngine({ engine }, env, async (session) => {
      await makeScratchSchema(session, scratch);
      if (!inVolume) return;
      const { dialect } = session;
      const volume = `${schemaName(dialect, settings)}.${dialect.quoteIdentifier(VOLUME)}`;
      await session.execute(`create volume ${volume}`);
    });
    code = await runVitest({ ...env, TIDEMARK_TEST_SCHEMA: schema }, args);
  } finally {
    left = !(await dropped(settings, env));
  }
  return left && code === 0 ? 3 : code;
}

async function dropped(settings: WorkspaceSettings, env: Env): Promise<boolean> {
  const { catalog, schema, engine } = settings;
  const scratch = { catalog, schema, mark: MARK };
  try {
    await withEngine({ engine }, env, (session) => dropScratchSchema(session, scratch));
    process.stdout.write(`Schema ${schema} is dropped.\n`);
    return true;
  } catch (error) {
    const sql = renderDropSchema(createDatabricksDialect('databricks'), scratch);
    process.stderr.write(`Schema ${schema} could not be dropped. Run: ${sql};\n${error}\n`);
    return false;
  }
}

function runVitest(env: Env, args: readonly string[]): Promise<number> {
  const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
  const config = fileURLToPath(new URL('vitest.config.ts', import.meta.url));
  const child = spawn(process.execPath, [vitest, 'run', '--config', config, ...args], {
    env: { ...env },
    stdio: 'inherit',
  });
  return new Promise((settle, fail) => {
    child.once('error', fail);
    child.once('close', (code) => settle(code ?? 2));
  });
}
