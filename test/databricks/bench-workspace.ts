import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TerminalError } from '../../lib/errors.ts';
import { missingParts } from '../warehouse/bench/install.ts';
import { startWarehouse } from '../warehouse/bench/warehouse.ts';

/** Spark with Delta on this machine in place of a workspace. */
export interface BenchWorkspace {
  /** What the tests read in place of a person's environment. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * Starts it, over the Spark of `TIDEMARK_SPARK_PORT` where that is set. Its Files API shows a local folder under the
 * folder's own path, by which Spark finds the files too. Throws `TerminalError` WAREHOUSE_NOT_INSTALLED.
 */
export async function startBenchWorkspace(
  env: Readonly<Record<string, string | undefined>>,
): Promise<BenchWorkspace> {
  const missing = await missingParts();
  if (missing.length > 0) {
    throw new TerminalError(
      'WAREHOUSE_NOT_INSTALLED',
      `There is no warehouse on this machine. Missing: ${missing.join('; ')}. Run "npm run warehouse" once, which fetches and starts one.`,
    );
  }
  const sparkPort = env.TIDEMARK_SPARK_PORT;
  const warehouse = await startWarehouse(sparkPort ? { sparkPort: Number(sparkPort) } : {});
  const volume = join(warehouse.dir, 'volume');
  await mkdir(volume);
  warehouse.files.mount(volume, volume);
  return {
    env: {
      DATABRICKS_HOST: warehouse.host,
      DATABRICKS_PORT: String(warehouse.port),
      DATABRICKS_HTTP_PATH: `/${warehouse.path.replace(/^\//, '')}`,
      DATABRICKS_TOKEN: warehouse.token,
      DATABRICKS_CA_FILE: warehouse.caFile,
      DATABRICKS_CATALOG: 'spark_catalog',
      TIDEMARK_TEST_VOLUMES: volume,
    },
    stop: () => warehouse.stop(),
  };
}
