import { existsSync } from 'node:fs';
import { createSystemClock } from './clock.ts';
import type { Config, DatabricksEngineConfig, DuckdbEngineConfig, TableConfig } from './config/config.ts';
import { openDuckdb } from './engines/duckdb/engine.ts';
import { TerminalError } from './errors.ts';
import type { IngestDeps } from './ingest/ingest-deps.ts';
import { createLedger, type Ledger } from './ledger/ledger.ts';
import { createStores } from './open-store.ts';
import { leaseSecondsOf, openWarehouse, prepareWarehouse } from './open-warehouse.ts';
import {
  type Clock,
  type Engine,
  type Faults,
  type FileStore,
  type Logger,
  NO_FAULTS,
  SILENT_LOGGER,
} from './ports.ts';
import { nameWorker } from './worker.ts';

/** Parts a caller may put in place of the usual ones. */
export interface WorkspaceOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly faults?: Faults;
  /** Puts something around the engine, for instance to measure or to disturb it. */
  readonly around?: (engine: Engine) => Engine;
  /** For commands that only look: nothing is made or changed, and other readers may look at the same time. */
  readonly readOnly?: boolean;
  /** For `setup`: neither schema nor ledger is made in passing, as they otherwise are. */
  readonly bare?: boolean;
  /** Milliseconds until whoever runs us is stopped. @default no such end */
  readonly timeLeft?: () => number;
  /** For `ingest`: a warehouse is asked for nothing before files wait, so that a look does not wake it. */
  readonly lazy?: boolean;
}

/** A configuration with its engine and stores open: what every command and function works with. */
export interface Workspace {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly faults: Faults;
  /** The configured table of this name. Throws `TerminalError` UNKNOWN_TABLE listing the names there are. */
  table(name: string): TableConfig;
  store(table: TableConfig): FileStore;
  ingestDeps(table: TableConfig): IngestDeps;
  close(): Promise<void>;
}

/** The configured table of this name. Throws `TerminalError` UNKNOWN_TABLE listing the names there are. */
export function findTable(config: Config, name: string): TableConfig {
  const table = config.tables.find((t) => t.name === name);
  if (table) return table;
  throw new TerminalError(
    'UNKNOWN_TABLE',
    `There is no table ${JSON.stringify(name)} in the configuration. Tables: ${config.tables.map((t) => t.name).join(', ')}.`,
  );
}

interface Opened {
  readonly engine: Engine;
  readonly ledger: Ledger;
  /** Makes sure that schema and ledger are there; done once. Absent where they are. */
  readonly ready?: () => Promise<void>;
}

async function openDatabricks(
  config: Config,
  settings: DatabricksEngineConfig,
  options: WorkspaceOptions & { readonly clock: Clock },
): Promise<Opened> {
  const { env = process.env, logger, timeLeft, around = (engine) => engine } = options;
  const opened = await openWarehouse(settings, {
    env,
    ...(logger ? { logger } : {}),
    ...(timeLeft ? { timeLeft } : {}),
  });
  const engine = around(opened);
  const leaseSeconds = leaseSecondsOf(settings, timeLeft);
  const ledger = createLedger(engine, config, options.clock, { leaseSeconds });
  if (options.bare) return { engine, ledger };
  const prepare = () => prepareWarehouse(config, engine, ledger, options.readOnly ?? false);
  if (options.lazy) return { engine, ledger, ready: once(prepare) };
  try {
    await prepare();
  } catch (error) {
    await engine.close().catch(() => {});
    throw error;
  }
  return { engine, ledger };
}

/** Does `work` when first asked, and never again once it succeeded. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => {
    done ??= work().catch((error: unknown) => {
      done = null;
      throw error;
    });
    return done;
  };
}

async function openEmbedded(
  config: Config,
  settings: DuckdbEngineConfig,
  options: WorkspaceOptions & { readonly clock: Clock },
): Promise<Opened> {
  const { readOnly = false, bare = false, around = (engine) => engine } = options;
  const { schema } = config;
  const withLedger = (opened: Engine): Opened => {
    const engine = around(opened);
    return { engine, ledger: createLedger(engine, config, options.clock) };
  };
  const there = existsSync(settings.path);
  if (bare) {
    const path = readOnly && !there ? ':memory:' : settings.path;
    return withLedger(await openDuckdb({ path, schema: 'main', readOnly: readOnly && there }));
  }
  if (readOnly && there) {
    const opened = withLedger(await openDuckdb({ path: settings.path, schema, readOnly }));
    if (await opened.ledger.exists()) return opened;
    await opened.engine.close();
  }
  // To look before anything was ever ingested is to look at an empty history.
  const opened = withLedger(await openDuckdb({ path: readOnly ? ':memory:' : settings.path, schema }));
  await opened.ledger.prepare();
  return opened;
}

/** Opens engine and ledger. Secrets of targets are not looked at here. */
export async function openWorkspace(config: Config, options: WorkspaceOptions = {}): Promise<Workspace> {
  const clock = options.clock ?? createSystemClock();
  const { engine: settings } = config;
  const { engine, ledger, ready } =
    settings.kind === 'duckdb'
      ? await openEmbedded(config, settings, { ...options, clock })
      : await openDatabricks(config, settings, { ...options, clock });
  const store = createStores(config, options.env);
  const shared = {
    engine,
    ledger,
    clock,
    logger: options.logger ?? SILENT_LOGGER,
    faults: options.faults ?? NO_FAULTS,
  };
  return {
    config,
    env: options.env ?? process.env,
    ...shared,
    table: (name) => findTable(config, name),
    store,
    ingestDeps: (table) => ({
      ...shared,
      table,
      catalog: config.catalog,
      schema: config.schema,
      store: store(table),
      ...(options.timeLeft ? { timeLeft: options.timeLeft } : {}),
      ...(ready ? { ready } : {}),
      worker: nameWorker(clock.now()),
    }),
    close: () => engine.close(),
  };
}
