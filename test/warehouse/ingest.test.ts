import { afterAll, beforeAll, expect, it } from 'vitest';
import { cdcFileName, change } from '../helpers/change-files.ts';
import { openTestEngine, type TestEngine } from '../helpers/test-pipeline.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema } from './bench/test-session.ts';
import { onWarehouse } from './warehouse-config.ts';

describeWithWarehouse('a history in a warehouse', (warehouse) => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await openTestEngine({ configure: (config) => onWarehouse(config, warehouse(), freshSchema()) });
  }, 120_000);
  afterAll(() => engine?.close());

  it('opens, closes and reopens versions', async () => {
    const t = engine.table({ keys: ['id'] });
    const columns = [
      { name: 'id', type: { kind: 'int', bits: 32 } },
      { name: 'name', type: { kind: 'string' } },
    ] as const;
    const before = Date.now();
    await t.deliver(cdcFileName(1), { columns, changes: [change({ op: 'I', at: '09:00', seq: 1, id: 1, name: 'Ann' })] });
    console.log(await t.ingest(), Date.now() - before);
    await t.deliver(cdcFileName(2), { columns, changes: [change({ op: 'U', at: '10:00', seq: 1, id: 1, name: 'Anne' })] });
    const mid = Date.now();
    console.log(await t.ingest(), Date.now() - mid);
    for (const s of warehouse().statements) console.log(s.outcome, s.sql.slice(0, 90).replaceAll('\n', ' '), JSON.stringify(s.queryTags));
    expect(await t.rows()).toHaveLength(2);
  }, 120_000);
});
