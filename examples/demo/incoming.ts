import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config, DatabricksEngineConfig } from '../../lib/config/config.ts';
import { resolveDatabricks } from '../../lib/config/resolve-databricks.ts';
import { createDatabricksRest } from '../../lib/engines/databricks/rest.ts';
import { createStores, readAuthorities } from '../../lib/open-store.ts';
import { VolumeFiles } from '../../lib/storage/volume/volume-files.ts';
import { findTable } from '../../lib/workspace.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Puts a file into a table's incoming folder, whole or not at all, replacing one of that name.
 *
 * @param write makes the file at a path of this machine
 */
export type PutIncoming = (
  table: string,
  name: string,
  write: (path: string) => Promise<void>,
) => Promise<void>;

/** How change files get to where a configuration has them wait: into a local folder, or into a volume. */
export function createIncoming(config: Config, env: Env): PutIncoming {
  const { engine, storage } = config;
  const store = createStores(config, env);
  const folder = (table: string): string => store(findTable(config, table)).location('incoming');
  if (storage.kind === 'local' || engine.kind === 'duckdb') {
    return (table, name, write) => write(join(folder(table), name));
  }
  const volumes = openVolumes(engine, env);
  return async (table, name, write) => {
    const dir = await mkdtemp(join(tmpdir(), 'tidemark-upload-'));
    try {
      const path = join(dir, 'file.parquet');
      await write(path);
      await volumes.replace(`${folder(table)}/${name}`, await readFile(path));
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  };
}

function openVolumes(engine: DatabricksEngineConfig, env: Env): VolumeFiles {
  const { host, port, auth, caFile } = resolveDatabricks(engine, env);
  const ca = caFile === undefined ? {} : { ca: readAuthorities(caFile) };
  return new VolumeFiles(createDatabricksRest({ host, port, ...ca }, auth));
}
