import { createSecretReader } from '../aws/read-secret.ts';
import { createSecretLookup } from '../aws/secret-lookup.ts';
import type { Environment } from '../config/reference-lookup.ts';
import { TerminalError } from '../errors.ts';
import { createStores } from '../open-store.ts';
import { type KeptWarehouse, keepWarehouse } from '../warehouse-workspace.ts';
import type { BaseScope, FunctionScope } from './function-scope.ts';
import { once } from '../once.ts';
import { openBase } from './open-base.ts';

/** The scope of this process. Throws what `openBase` throws; the warehouse is opened when it is first asked for. */
export const openFunction = once(async (): Promise<FunctionScope> => {
  const base = await openBase();
  const warehouse = once((timeLeft: () => number) => openWarehouse(base, timeLeft));
  let stores: ReturnType<typeof createStores> | null = null;
  return {
    ...base,
    workspace: async (timeLeft) => (await warehouse(timeLeft)).within(timeLeft),
    store: (table) => {
      stores ??= createStores(base.config, base.env, base.logger);
      return stores(table);
    },
  };
});

/** Kept back from the longest statement of a call, to record that it took too long. */
const RECORDING_SECONDS = 60;

async function openWarehouse(base: BaseScope, timeLeft: () => number): Promise<KeptWarehouse> {
  const { config, env, clock, logger, faults } = base;
  const { engine } = config;
  if (engine.kind !== 'databricks') {
    throw new TerminalError(
      'ENGINE_REFUSED',
      `Functions work with Databricks, and the configuration says \`engine: {kind: ${engine.kind}}\`.`,
    );
  }
  const seconds = timeLeft() / 1000;
  const longest = Math.floor(Math.max(seconds - RECORDING_SECONDS, seconds / 2));
  const settings = { ...engine, statementSeconds: Math.min(engine.statementSeconds, longest) };
  const references = createSecretLookup({ env, read: createSecretReader() });
  const stores = (values: Environment) => createStores(config, values, logger);
  return await keepWarehouse(config, settings, { env, references, clock, logger, faults, stores });
}
