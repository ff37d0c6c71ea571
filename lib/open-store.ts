import { readFileSync } from 'node:fs';
import type { S3Client } from '@aws-sdk/client-s3';
import type { AwsLogin } from './aws/login.ts';
import { createS3Client } from './aws/s3-client.ts';
import type { Config, DatabricksEngineConfig, TableConfig } from './config/config.ts';
import { tableFolders, warehouseFolders } from './config/paths.ts';
import { resolveDatabricks } from './config/resolve-databricks.ts';
import { createDatabricksRest, type DatabricksRest } from './engines/databricks/rest.ts';
import { TerminalError } from './errors.ts';
import type { FileStore, Logger } from './ports.ts';
import { createLocalFileStore } from './storage/local-file-store.ts';
import { createS3FileStore } from './storage/s3/s3-file-store.ts';
import { createVolumeFileStore } from './storage/volume/volume-file-store.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The file stores of a configuration's tables. Opens nothing; secrets are looked up when the first store in volumes is
 * asked for, credentials of AWS when a store in the bucket is first used. Throws what `resolveDatabricks` throws.
 *
 * @param logger warned of objects that are passed over
 * @param login who asks AWS; @default whoever the environment says
 */
export function createStores(
  config: Config,
  env: Env = process.env,
  logger?: Pick<Logger, 'warn'>,
  login?: AwsLogin,
): (table: TableConfig) => FileStore {
  const { storage } = config;
  if (storage.kind === 'local') return localStores(config, storage.root);
  return storage.kind === 's3' ? bucketStores(config, logger, login) : volumeStores(config, env);
}

function localStores(config: Config, root: string): (table: TableConfig) => FileStore {
  const { engine } = config;
  const seen = engine.kind === 'duckdb' ? {} : { engineRoot: engine.volumes };
  return (table) => createLocalFileStore({ root, folders: tableFolders(config, table), ...seen });
}

function volumeStores(config: Config, env: Env): (table: TableConfig) => FileStore {
  const { engine } = config;
  if (engine.kind !== 'databricks') {
    throw new TerminalError(
      'STORAGE_REFUSED',
      'Change files can lie in volumes only under a Databricks engine.',
    );
  }
  let rest: DatabricksRest | null = null;
  return (table) => {
    rest ??= openRest(engine, env);
    return createVolumeFileStore({ rest, volumes: engine.volumes, folders: tableFolders(config, table) });
  };
}

function bucketStores(
  config: Config,
  logger?: Pick<Logger, 'warn'>,
  login?: AwsLogin,
): (table: TableConfig) => FileStore {
  const { bucket, region } = config;
  let client: S3Client | null = null;
  return (table) => {
    const engineFolders = warehouseFolders(config, table);
    client ??= createS3Client(region, login);
    const folders = tableFolders(config, table);
    return createS3FileStore({ client, bucket, folders, engineFolders, ...(logger ? { logger } : {}) });
  };
}

function openRest(engine: DatabricksEngineConfig, env: Env): DatabricksRest {
  const { host, port, auth, caFile } = resolveDatabricks(engine, env);
  return createDatabricksRest({ host, port, ...(caFile ? { ca: readAuthorities(caFile) } : {}) }, auth);
}

/** A PEM file as text. Throws `TerminalError` CA_UNREADABLE. */
export function readAuthorities(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new TerminalError('CA_UNREADABLE', `The file of trusted authorities, ${path}, cannot be read.`, {
      cause: error,
    });
  }
}
