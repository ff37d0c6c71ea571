import { createDatabricksDialect } from '../../lib/engines/databricks/dialect.ts';
import { type DatabricksOptions, openDatabricks } from '../../lib/engines/databricks/engine.ts';
import type { Engine } from '../../lib/ports.ts';
import type { Warehouse } from './bench/warehouse.ts';

/** Our engine over a warehouse of the bench, by its token. Waits between tries are short. */
export function openEngine(warehouse: Warehouse, options: Partial<DatabricksOptions> = {}): Promise<Engine> {
  return openDatabricks({
    host: warehouse.host,
    port: warehouse.port,
    httpPath: warehouse.path,
    auth: { kind: 'token', token: warehouse.token },
    ca: warehouse.ca,
    dialect: createDatabricksDialect('open-spark'),
    statementSeconds: 300,
    random: () => 0.05,
    ...options,
  });
}
