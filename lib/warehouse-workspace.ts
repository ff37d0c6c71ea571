import { createSystemClock } from './clock.ts';
import type { Config, DatabricksEngineConfig, TableConfig } from './config/config.ts';
import { type Environment, engineReferences, environmentLookup } from './config/reference-lookup.ts';
import type { Ledger } from './ledger/ledger.ts';
import { once } from './once.ts';
import { leaseSecondsOf, openWarehouse, prepareWarehouse } from './open-warehouse.ts';
import type { Engine, FileStore } from './ports.ts';
import { createWorkspace, type OpenParts, type Workspace, type WorkspaceParts } from './workspace.ts';

/** How a workspace is opened over a warehouse. */
export interface WarehouseOptions extends WorkspaceParts {
  /** Opens the stores of the tables, with an environment that has the secrets of the engine, too. */
  readonly stores: (env: Environment) => (table: TableConfig) => FileStore;
  /** Puts something around the engine, for instance to measure or to disturb it. */
  readonly around?: (engine: Engine) => Engine;
  /** What is missing is not made: `ready` throws NOT_SET_UP. @default false */
  readonly readOnly?: boolean;
}

/** A warehouse that stays open for one call after another. */
export interface KeptWarehouse {
  /**
   * The workspace for one call, until that ends. Claims of it last as long as the call, statements end before it.
   * Closing it is the keeper's task.
   *
   * @param timeLeft milliseconds until the call is ended
   */
  within(timeLeft: () => number): Workspace;
  close(): Promise<void>;
}

/** A workspace over a warehouse that is nobody else's, and how to make sure that schema and ledger are there. */
export async function openWarehouseWorkspace(
  config: Config,
  settings: DatabricksEngineConfig,
  options: WarehouseOptions,
): Promise<{ readonly workspace: Workspace; readonly ready: () => Promise<void> }> {
  const clock = options.clock ?? createSystemClock();
  const parts = await openParts(config, settings, options);
  const leaseSeconds = leaseSecondsOf(settings, options.timeLeft);
  const workspace = createWorkspace(config, { ...parts, leaseSeconds }, { ...options, clock });
  return { workspace, ready: () => parts.ready(workspace.ledger) };
}

/**
 * Opens a warehouse and keeps it. Its secrets are read now, and once more whenever the warehouse refuses them; nothing
 * is asked of it. Throws what `resolveDatabricks` and the lookup of references throw.
 */
export async function keepWarehouse(
  config: Config,
  settings: DatabricksEngineConfig,
  options: Omit<WarehouseOptions, 'timeLeft'>,
): Promise<KeptWarehouse> {
  const clock = options.clock ?? createSystemClock();
  // One call follows another, so the engine looks at the end of the latest.
  let end = (): number => 0;
  const parts = await openParts(config, settings, { ...options, timeLeft: () => end() });
  return {
    within(timeLeft) {
      end = timeLeft;
      const leaseSeconds = leaseSecondsOf(settings, timeLeft);
      return createWorkspace(config, { ...parts, leaseSeconds }, { ...options, clock, timeLeft });
    },
    close: () => parts.engine.close(),
  };
}

async function openParts(
  config: Config,
  settings: DatabricksEngineConfig,
  options: WarehouseOptions,
): Promise<OpenParts & Required<Pick<OpenParts, 'ready'>>> {
  const { env = process.env, around = (engine) => engine, readOnly = false } = options;
  const references = options.references ?? environmentLookup(env);
  const wanted = engineReferences(config);
  const values = await references.values(wanted);
  const opened = await openWarehouse(settings, {
    env: values,
    renewedEnv: () => references.renewed(wanted),
    ...(options.logger ? { logger: options.logger } : {}),
    ...(options.timeLeft ? { timeLeft: options.timeLeft } : {}),
  });
  const engine = around(opened);
  const ready = once((ledger: Ledger) => prepareWarehouse(config, engine, ledger, readOnly));
  return { engine, store: options.stores(values), ready };
}
