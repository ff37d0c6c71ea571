import type { Config, DatabricksEngineConfig } from '../../lib/config/config.ts';
import type { Warehouse } from './bench/warehouse.ts';

/** The settings by which a configuration reaches the bench, its change files in local folders that Spark sees too. */
export function warehouseEngine(warehouse: Warehouse, volumes: string): DatabricksEngineConfig {
  return {
    kind: 'databricks',
    host: { template: warehouse.host },
    port: warehouse.port,
    httpPath: { template: `/${warehouse.path.replace(/^\//, '')}` },
    auth: { kind: 'token', token: { template: warehouse.token } },
    server: 'open-spark',
    caFile: warehouse.caFile,
    volumes,
    statementSeconds: 300,
    grants: { read: [], write: [] },
    maintenance: { optimize: true, vacuum: true, retentionHours: 168 },
  };
}

/** A configuration as it would be on the bench, in a schema of its own. */
export function onWarehouse(config: Config, warehouse: Warehouse, schema: string): Config {
  if (config.storage.kind !== 'local') throw new Error('The bench reads local folders.');
  const engine = warehouseEngine(warehouse, config.storage.root);
  return { ...config, catalog: 'spark_catalog', schema, engine };
}
