import type { Config } from '../config/config.ts';
import { VERSION } from '../version.ts';

/**
 * Whatever `tidemark setup` makes something from. A change of anything else in the configuration makes nobody run it
 * again; a new version of this program does, since its tables may have gained columns.
 */
export function lakehouseDefinition(config: Config): unknown {
  const { catalog, schema, bucket, storage, engine, tables } = config;
  return {
    version: VERSION,
    catalog,
    schema,
    bucket,
    storage,
    engine:
      engine.kind === 'databricks'
        ? { host: engine.host, httpPath: engine.httpPath, volumes: engine.volumes, grants: engine.grants }
        : engine.kind,
    tables: tables.map(({ name, source, keys, history, track, columns, historyColumns }) => {
      return { name, source, keys, history, track, columns, historyColumns };
    }),
  };
}
