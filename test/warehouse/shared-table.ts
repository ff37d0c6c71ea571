import { afterAll, beforeAll } from 'vitest';
import { historyRef } from '../../lib/history/history-table.ts';
import { openTestEngine, type TestEngine, type TestPipeline } from '../helpers/test-pipeline.ts';
import { freshSchema, openTestSession, type TestSession } from './bench/test-session.ts';
import type { Warehouse } from './bench/warehouse.ts';
import { onWarehouse } from './warehouse-config.ts';

/** Time for a test of several batches on Spark. */
export const LONG_MS = 300_000;

/** Our engine in a schema of its own, and a session of somebody else's that sees the same tables. */
export interface SharedTables {
  readonly engine: TestEngine;
  readonly foreign: TestSession;
}

/** Opens both before the tests of a suite and closes them afterwards. */
export function withForeignSession(warehouse: () => Warehouse): () => SharedTables {
  let engine: TestEngine | undefined;
  let foreign: TestSession | undefined;
  beforeAll(async () => {
    engine = await openTestEngine({ configure: (config) => onWarehouse(config, warehouse(), freshSchema()) });
    foreign = await openTestSession(warehouse());
  }, LONG_MS);
  afterAll(async () => {
    await foreign?.close();
    await engine?.close();
  });
  return () => {
    if (!engine || !foreign) throw new Error('The sessions are there once the tests run, not before.');
    return { engine, foreign };
  };
}

/** The history of a table, as that session names it. */
export function historyName({ workspace, config }: TestPipeline): string {
  return workspace.engine.dialect.tableName(historyRef(workspace.config, config));
}
