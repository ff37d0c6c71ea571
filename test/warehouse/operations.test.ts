import { expect, it } from 'vitest';
import { playOperations } from '../helpers/operations-script.ts';
import { openTestEngine } from '../helpers/test-pipeline.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema } from './bench/test-session.ts';
import { onWarehouse } from './warehouse-config.ts';

describeWithWarehouse('operations on a Delta table', (warehouse) => {
  it('say and show what they do on DuckDB: plan, ingest, status, release, reload, erase, rebuild, verify', async () => {
    const embedded = await openTestEngine();
    const engine = await openTestEngine({
      configure: (config) => onWarehouse(config, warehouse(), freshSchema()),
    });
    try {
      const expected = await playOperations(embedded);

      const said = await playOperations(engine);

      expect(said).toEqual(expected);
      expect(said).toMatchObject({
        'rows rebuilt are the same': true,
        checks: { healthy: true },
        'its end': { rows: 2, closed: 1 },
        'a key erased': { historyRows: 3 },
        'released files': [{ releasedTo: '20240501-000300000.parquet' }],
      });
    } finally {
      await engine.close();
      await embedded.close();
    }
  }, 600_000);
});
