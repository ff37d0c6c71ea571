import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openDuckdb } from '../../lib/engines/duckdb/engine.ts';
import type { Engine } from '../../lib/ports.ts';
import { PARQUET_TYPES } from './bench/spark-arguments.ts';
import { openTestSession, type TestSession } from './bench/test-session.ts';
import type { Warehouse } from './bench/warehouse.ts';

/** A session that reads parquet as a warehouse does, and what writes the files for it. */
export interface FileBench {
  readonly db: TestSession;
  /** Writes parquet into `folder`. */
  readonly duckdb: Engine;
  /** Spark sees it too. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Opens the bench in a new folder of the warehouse's. */
export async function openFileBench(warehouse: Warehouse, name: string): Promise<FileBench> {
  const db = await openTestSession(warehouse, {
    configuration: { ANSI_MODE: 'true', TIMEZONE: 'UTC', ...PARQUET_TYPES },
  });
  const duckdb = await openDuckdb({ path: ':memory:', schema: 'main' });
  const folder = join(warehouse.dir, name);
  await mkdir(folder);
  return {
    db,
    duckdb,
    folder,
    close: async () => {
      await db.close();
      await duckdb.close();
    },
  };
}
