import { resolve } from 'node:path';
import type {
  Config,
  DatabricksAuth,
  DatabricksEngineConfig,
  EngineConfig,
  StorageConfig,
} from './config.ts';
import { DATABRICKS_AUTH_DEFAULT, DATABRICKS_DEFAULTS, DEFAULTS, MAINTENANCE_DEFAULTS } from './defaults.ts';
import { parseReference } from './reference.ts';
import type { EngineYaml, StorageYaml } from './schema-engine.ts';

/** What an engine's settings depend on. */
export interface EngineContext extends Pick<Config, 'catalog' | 'schema' | 'storage'> {
  readonly baseDir: string;
}

/** An engine with every setting filled in. It must have passed `checkEngine`. */
export function resolveEngine(written: EngineYaml, context: EngineContext): EngineConfig {
  if (written.kind === 'databricks') return resolveDatabricksEngine(written, context);
  return { kind: 'duckdb', path: resolve(context.baseDir, written.path ?? DEFAULTS.engine.path) };
}

/** A storage with every setting filled in. */
export function resolveStorage(written: StorageYaml, baseDir: string): StorageConfig {
  if (written.kind === 'volume') return { kind: 'volume' };
  if (written.kind === 's3') return { kind: 's3', prefix: written.prefix ?? DEFAULTS.storage.prefix };
  return { kind: 'local', root: resolve(baseDir, written.root ?? DEFAULTS.storage.root) };
}

function resolveDatabricksEngine(written: EngineYaml, context: EngineContext): DatabricksEngineConfig {
  return {
    kind: 'databricks',
    host: parseReference(written.host ?? ''),
    port: written.port ?? DATABRICKS_DEFAULTS.port,
    httpPath: parseReference(written.httpPath ?? ''),
    auth: resolveAuth(written.auth),
    server: written.server ?? DATABRICKS_DEFAULTS.server,
    ...(written.caFile === undefined ? {} : { caFile: resolve(context.baseDir, written.caFile) }),
    volumes: resolveVolumes(written, context),
    statementSeconds: written.statementSeconds ?? DATABRICKS_DEFAULTS.statementSeconds,
    grants: { read: written.grants?.read ?? [], write: written.grants?.write ?? [] },
    maintenance: { ...MAINTENANCE_DEFAULTS, ...written.maintenance },
  };
}

function resolveAuth(written: EngineYaml['auth']): DatabricksAuth {
  const key = written?.secretKey === undefined ? {} : { secretKeyArn: written.secretKey };
  if (written?.token !== undefined) return { kind: 'token', token: parseReference(written.token), ...key };
  return {
    kind: 'oauth',
    clientId: parseReference(written?.clientId ?? DATABRICKS_AUTH_DEFAULT.clientId),
    clientSecret: parseReference(written?.clientSecret ?? DATABRICKS_AUTH_DEFAULT.clientSecret),
    ...key,
  };
}

/** Open Spark has no volumes: it reads the storage's own folder unless told by which name it sees it. */
function resolveVolumes({ volumes, server }: EngineYaml, context: EngineContext): string {
  const { baseDir, catalog, schema, storage } = context;
  if (server !== 'open-spark') return volumes ?? `/Volumes/${catalog}/${schema}`;
  if (volumes !== undefined) return resolve(baseDir, volumes);
  return storage.kind === 'local' ? storage.root : baseDir;
}
