import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createSystemClock } from './clock.ts';
import type { Config, TableConfig } from './config/config.ts';
import { tableFolders } from './config/paths.ts';
import { openDuckdb } from './engines/duckdb/engine.ts';
import { TerminalError } from './errors.ts';
import type { IngestDeps } from './ingest/ingest-deps.ts';
import { createLedger, type Ledger } from './ledger/ledger.ts';
import {
  type Clock,
  type Engine,
  type Faults,
  type FileStore,
  type Logger,
  NO_FAULTS,
  SILENT_LOGGER,
} from './ports.ts';
import { createLocalFileStore } from './storage/local-file-store.ts';

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

/** The file store of one table. Opens nothing. */
export function openStore(config: Config, table: TableConfig): FileStore {
  if (config.storage.kind !== 'local') throw new TerminalError('STORAGE_UNKNOWN', 'not yet');
  return createLocalFileStore({ root: config.storage.root, folders: tableFolders(config, table) });
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

async function openEngine(
  config: Config,
  clock: Clock,
  { readOnly = false, bare = false, around = (engine) => engine }: WorkspaceOptions,
): Promise<{ engine: Engine; ledger: Ledger }> {
  const { catalog, schema } = config;
  if (config.engine.kind !== 'duckdb') throw new TerminalError('ENGINE_UNKNOWN', 'not yet');
  const withLedger = (opened: Engine) => {
    const engine = around(opened);
    return { engine, ledger: createLedger(engine, { catalog, schema }, clock) };
  };
  const there = existsSync(config.engine.path);
  if (bare) {
    const path = readOnly && !there ? ':memory:' : config.engine.path;
    return withLedger(await openDuckdb({ path, schema: 'main', readOnly: readOnly && there }));
  }
  if (readOnly && there) {
    const opened = withLedger(await openDuckdb({ path: config.engine.path, schema, readOnly }));
    if (await opened.ledger.exists()) return opened;
    await opened.engine.close();
  }
  // To look before anything was ever ingested is to look at an empty history.
  const opened = withLedger(await openDuckdb({ path: readOnly ? ':memory:' : config.engine.path, schema }));
  await opened.ledger.prepare();
  return opened;
}

/** Opens engine and ledger. Secrets of targets are not looked at here. */
export async function openWorkspace(config: Config, options: WorkspaceOptions = {}): Promise<Workspace> {
  const clock = options.clock ?? createSystemClock();
  const { engine, ledger } = await openEngine(config, clock, options);
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
    store: (table) => openStore(config, table),
    ingestDeps: (table) => ({
      ...shared,
      table,
      catalog: config.catalog,
      schema: config.schema,
      store: openStore(config, table),
      worker: randomUUID(),
    }),
    close: () => engine.close(),
  };
}
