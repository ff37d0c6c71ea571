import { readFileSync } from 'node:fs';
import type { Config, DatabricksEngineConfig, TableConfig } from './config/config.ts';
import { tableFolders } from './config/paths.ts';
import { resolveDatabricks } from './config/resolve-databricks.ts';
import { createDatabricksRest, type DatabricksRest } from './engines/databricks/rest.ts';
import { TerminalError } from './errors.ts';
import type { FileStore } from './ports.ts';
import { createLocalFileStore } from './storage/local-file-store.ts';
import { createVolumeFileStore } from './storage/volume/volume-file-store.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The file stores of a configuration's tables. Opens nothing; secrets are looked up when the first store in volumes is
 * asked for. Throws what `resolveDatabricks` throws.
 */
export function createStores(config: Config, env: Env = process.env): (table: TableConfig) => FileStore {
  const { engine, storage } = config;
  let rest: DatabricksRest | null = null;
  return (table) => {
    const folders = tableFolders(config, table);
    if (storage.kind === 'local') {
      const { root } = storage;
      if (engine.kind === 'duckdb') return createLocalFileStore({ root, folders });
      return createLocalFileStore({ root, folders, engineRoot: engine.volumes });
    }
    if (storage.kind === 's3') {
      throw new TerminalError(
        'STORAGE_REFUSED',
        'Change files in a bucket (`storage: {kind: s3}`) are read and moved by the functions of a deployment only, not yet from here. Deploy, or use `storage: {kind: volume}`.',
      );
    }
    if (engine.kind !== 'databricks') {
      throw new TerminalError(
        'STORAGE_REFUSED',
        'Change files can lie in volumes only under a Databricks engine.',
      );
    }
    rest ??= openRest(engine, env);
    return createVolumeFileStore({ rest, volumes: engine.volumes, folders });
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
