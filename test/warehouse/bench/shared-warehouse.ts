import { afterAll, beforeAll, describe, inject } from 'vitest';
import type { SharedSpark } from './global-setup.ts';
import { startWarehouse, type Warehouse } from './warehouse.ts';

const START_TIMEOUT_MS = 240_000;

/**
 * `describe` for tests that need a warehouse: where Spark is not installed they are skipped, and the run says so once.
 * `warehouse()` is the file's own bridge over the run's one Spark server, so its faults and statements are its own,
 * but schemas and tables are everybody's: use fresh names.
 */
export function describeWithWarehouse(name: string, suite: (warehouse: () => Warehouse) => void): void {
  const { url, available } = inject('warehouse');
  if (!available) fetch(url).catch(() => {});
  describe.runIf(available)(name, () => {
    let warehouse: Warehouse | undefined;
    beforeAll(async () => {
      const spark = await askForSpark(url);
      warehouse = await startWarehouse({ sparkPort: spark.port, logFile: spark.logFile });
    }, START_TIMEOUT_MS);
    afterAll(() => warehouse?.stop());
    suite(() => {
      if (warehouse === undefined) throw new Error('The warehouse is there once the tests run, not before.');
      return warehouse;
    });
  });
}

async function askForSpark(url: string): Promise<SharedSpark> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`Spark could not be started: ${await response.text()}`);
  return (await response.json()) as SharedSpark;
}
