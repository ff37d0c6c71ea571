import { createSystemClock } from './clock.ts';
import type { Config, TableConfig } from './config/config.ts';
import { environmentLookup, type ReferenceLookup } from './config/reference-lookup.ts';
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
import { nameWorker } from './worker.ts';

/** Parts a caller may put in place of the usual ones. */
export interface WorkspaceParts {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What references of the configuration stand for. @default the environment, which knows no secret by its ARN */
  readonly references?: ReferenceLookup;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly faults?: Faults;
  /** Milliseconds until whoever runs us is stopped. @default no such end */
  readonly timeLeft?: () => number;
}

/** What was opened of a configuration. */
export interface OpenParts {
  readonly engine: Engine;
  readonly store: (table: TableConfig) => FileStore;
  /** How long a claim lasts that is made now. @default the ledger's own */
  readonly leaseSeconds?: () => number;
  /** Makes sure that schema and ledger are there; done once. @default they are */
  readonly ready?: (ledger: Ledger) => Promise<void>;
}

/** A configuration with its engine and stores open: what every command and function works with. */
export interface Workspace {
  readonly config: Config;
  readonly references: ReferenceLookup;
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

/** Puts together what was opened. Opens nothing itself; closing the workspace closes the engine. */
export function createWorkspace(
  config: Config,
  { engine, store, leaseSeconds, ready }: OpenParts,
  { env = process.env, timeLeft, ...parts }: WorkspaceParts = {},
): Workspace {
  const { clock = createSystemClock(), logger = SILENT_LOGGER, faults = NO_FAULTS } = parts;
  const ledger = createLedger(engine, config, clock, leaseSeconds === undefined ? {} : { leaseSeconds });
  const shared = { engine, ledger, clock, logger, faults };
  return {
    config,
    references: parts.references ?? environmentLookup(env),
    ...shared,
    table: (name) => findTable(config, name),
    store,
    ingestDeps: (table) => ({
      ...shared,
      table,
      catalog: config.catalog,
      schema: config.schema,
      store: store(table),
      ...(timeLeft ? { timeLeft } : {}),
      ...(ready ? { ready: () => ready(ledger) } : {}),
      worker: nameWorker(clock.now()),
    }),
    close: () => engine.close(),
  };
}
