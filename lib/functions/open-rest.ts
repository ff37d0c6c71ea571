import type { Config } from '../config/config.ts';
import { engineReferences, type ReferenceLookup } from '../config/reference-lookup.ts';
import { resolveDatabricks } from '../config/resolve-databricks.ts';
import { createDatabricksRest, type DatabricksRest } from '../engines/databricks/rest.ts';
import { isWarehouseRunning } from '../engines/databricks/warehouse-running.ts';
import { TerminalError } from '../errors.ts';
import { readAuthorities } from '../open-store.ts';

/** The REST interface of the configured workspace. */
export interface OpenRest {
  readonly rest: DatabricksRest;
  /** Path of the warehouse, with what it refers to put in. */
  readonly httpPath: string;
}

/**
 * Reads the secrets of the engine and opens its workspace's REST interface; nothing is asked of it yet. Throws what the
 * lookup and `resolveDatabricks` throw.
 */
export async function openRest(config: Config, references: ReferenceLookup): Promise<OpenRest> {
  const { engine } = config;
  if (engine.kind !== 'databricks') {
    throw new TerminalError(
      'ENGINE_REFUSED',
      `Functions work with Databricks, and the configuration says \`engine: {kind: ${engine.kind}}\`.`,
    );
  }
  const env = await references.values(engineReferences(config));
  const { host, port, httpPath, auth, caFile } = resolveDatabricks(engine, env);
  const rest = createDatabricksRest({ host, port, ...(caFile ? { ca: readAuthorities(caFile) } : {}) }, auth);
  return { rest, httpPath };
}

/**
 * Whether the warehouse of the configuration runs, without making it run. A server that is no Databricks always does;
 * what nobody can tell, as of a cluster, counts as no.
 */
export async function isAwake(config: Config, references: ReferenceLookup): Promise<boolean> {
  if (config.engine.kind === 'databricks' && config.engine.server === 'open-spark') return true;
  const { rest, httpPath } = await openRest(config, references);
  return (await isWarehouseRunning(rest, httpPath)) ?? false;
}
