import type { Config } from '../../lib/config/config.ts';
import { TerminalError } from '../../lib/errors.ts';
import { missingParts } from '../../test/warehouse/bench/install.ts';
import { startWarehouse, type Warehouse } from '../../test/warehouse/bench/warehouse.ts';
import { DEMO_MARK, type DemoPlace, type Env, UNHURRIED } from './demo-place.ts';
import { dropScratchSchema, makeScratchSchema } from './scratch-schema.ts';
import { withEngine } from './with-engine.ts';

const TOKEN = 'TIDEMARK_BENCH_TOKEN';
/** The only one that open Spark has. */
const CATALOG = 'spark_catalog';

/**
 * Spark with Delta on this machine, spoken to as a Databricks warehouse is. `TIDEMARK_SPARK_PORT` names one that runs,
 * and keeps running; else it is started and ends with the demo. Throws `TerminalError` WAREHOUSE_NOT_INSTALLED.
 */
export async function startBenchPlace(schema: string, env: Env): Promise<DemoPlace> {
  const missing = await missingParts();
  if (missing.length > 0) throw notInstalled(missing);
  const sparkPort = env.TIDEMARK_SPARK_PORT ? Number(env.TIDEMARK_SPARK_PORT) : undefined;
  if (sparkPort === undefined) process.stdout.write('Starting Spark with Delta ...\n');
  const warehouse = await startWarehouse(sparkPort === undefined ? {} : { sparkPort });
  const scratch = { catalog: CATALOG, schema, mark: DEMO_MARK };
  const withToken = { ...env, [TOKEN]: warehouse.token };
  const spark = sparkPort === undefined ? 'Spark with Delta, started for this' : `Spark at port ${sparkPort}`;
  let prepared: Config | null = null;
  return {
    settings: settingsOf(warehouse, schema),
    about: [`The histories are in schema ${schema} of ${spark}.`],
    env: withToken,
    enter: [`export ${TOKEN}=${warehouse.token}`],
    endsWithDemo: true,
    pace: UNHURRIED,
    async prepare(config) {
      prepared = config;
      await withEngine(config, withToken, (engine) => makeScratchSchema(engine, scratch));
    },
    async stop() {
      const config = prepared;
      prepared = null;
      try {
        // Spark of somebody else outlives the demo, and should not remember it.
        if (config && sparkPort !== undefined) {
          await withEngine(config, withToken, (engine) => dropScratchSchema(engine, scratch));
        }
      } finally {
        await warehouse.stop();
      }
    },
  };
}

function settingsOf({ host, port, path, caFile }: Warehouse, schema: string): string {
  return `catalog: ${CATALOG}
schema: ${schema}

# Spark with Delta on this machine, while the demo runs.
engine:
  kind: databricks
  server: open-spark
  host: ${host}
  port: ${port}
  httpPath: /${path.replace(/^\//, '')}
  caFile: ${JSON.stringify(caFile)}
  auth: {token: "\${env:${TOKEN}}"}
`;
}

function notInstalled(missing: readonly string[]): TerminalError {
  return new TerminalError(
    'WAREHOUSE_NOT_INSTALLED',
    `There is no warehouse to show the demo on. Missing: ${missing.join('; ')}. ` +
      'Run "npm run warehouse" once, which fetches and starts one (about 500 MB), or set DATABRICKS_HOST and DATABRICKS_HTTP_PATH for a real workspace.',
  );
}
