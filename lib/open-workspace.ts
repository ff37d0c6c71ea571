import { existsSync } from 'node:fs';
import type { AwsLogin } from './aws/login.ts';
import type { Config, DatabricksEngineConfig, DuckdbEngineConfig } from './config/config.ts';
import type { Environment } from './config/reference-lookup.ts';
import { openDuckdb } from './engines/duckdb/engine.ts';
import { createLedger } from './ledger/ledger.ts';
import { createStores } from './open-store.ts';
import type { Engine } from './ports.ts';
import { openWarehouseWorkspace } from './warehouse-workspace.ts';
import { createWorkspace, type Workspace, type WorkspaceParts } from './workspace.ts';
import { createSystemClock } from './clock.ts';

/** Parts a caller may put in place of the usual ones, and what the workspace is for. */
export interface WorkspaceOptions extends WorkspaceParts {
  /** Puts something around the engine, for instance to measure or to disturb it. */
  readonly around?: (engine: Engine) => Engine;
  /** For commands that only look: nothing is made or changed, and other readers may look at the same time. */
  readonly readOnly?: boolean;
  /** For `setup`: neither schema nor ledger is made in passing, as they otherwise are. */
  readonly bare?: boolean;
  /** For `ingest`: a warehouse is asked for nothing before files wait, so that a look does not wake it. */
  readonly lazy?: boolean;
  /** Who asks AWS. @default whoever the environment says */
  readonly login?: AwsLogin;
}

/** Opens engine and ledger. Secrets of targets are not looked at here. */
export async function openWorkspace(config: Config, options: WorkspaceOptions = {}): Promise<Workspace> {
  const { engine } = config;
  return engine.kind === 'duckdb'
    ? await openEmbedded(config, engine, options)
    : await openDatabricks(config, engine, options);
}

async function openDatabricks(
  config: Config,
  settings: DatabricksEngineConfig,
  options: WorkspaceOptions,
): Promise<Workspace> {
  const stores = (env: Environment) => createStores(config, env, options.logger, options.login);
  const { workspace, ready } = await openWarehouseWorkspace(config, settings, { ...options, stores });
  if (options.bare || options.lazy) return workspace;
  try {
    await ready();
  } catch (error) {
    await workspace.close().catch(() => {});
    throw error;
  }
  return workspace;
}

async function openEmbedded(
  config: Config,
  settings: DuckdbEngineConfig,
  options: WorkspaceOptions,
): Promise<Workspace> {
  const parts = { ...options, clock: options.clock ?? createSystemClock() };
  const engine = await openDatabase(config, settings, options);
  return createWorkspace(config, { engine, store: createStores(config, options.env, options.logger) }, parts);
}

async function openDatabase(
  config: Config,
  settings: DuckdbEngineConfig,
  {
    readOnly = false,
    bare = false,
    around = (engine) => engine,
    clock = createSystemClock(),
  }: WorkspaceOptions,
): Promise<Engine> {
  const { schema } = config;
  const there = existsSync(settings.path);
  const open = async (path: string, inSchema: string, asReader: boolean): Promise<Engine> =>
    around(await openDuckdb({ path, schema: inSchema, readOnly: asReader }));
  if (bare) return open(readOnly && !there ? ':memory:' : settings.path, 'main', readOnly && there);
  if (readOnly && there) {
    const engine = await open(settings.path, schema, true);
    if (await createLedger(engine, config, clock).exists()) return engine;
    await engine.close();
  }
  // To look before anything was ever ingested is to look at an empty history.
  const engine = await open(readOnly ? ':memory:' : settings.path, schema, false);
  await createLedger(engine, config, clock).prepare();
  return engine;
}
