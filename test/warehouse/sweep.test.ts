import { afterAll, beforeAll, expect, it } from 'vitest';
import { setup } from '../../lib/catalog/setup.ts';
import { parseConfig } from '../../lib/config/parse-config.ts';
import { historyTable } from '../../lib/history/history-table.ts';
import { renderInvariants } from '../../lib/history/invariants.ts';
import { renderSlice } from '../../lib/history/key-slice.ts';
import { addSeconds } from '../../lib/instant.ts';
import { createLedger } from '../../lib/ledger/ledger.ts';
import type { AppliedBatch } from '../../lib/ledger/records.ts';
import type { Engine } from '../../lib/ports.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema } from './bench/test-session.ts';
import { openEngine } from './open-engine.ts';

const MINUTES = 60_000;

const NOTHING = { opened: 0, closed: 0, updated: 0, tombstones: 0, unchanged: 0, stale: 0 };

function emptyBatch(batchId: bigint): AppliedBatch {
  const none = { firstCommit: null, lastCommit: null, reloadInstant: null };
  return { batchId, kind: 'merge', files: [], rows: 0, counts: NOTHING, ambiguous: 0, ...none };
}

describeWithWarehouse('what the sweep asks, on Spark with Delta', (warehouse) => {
  const schema = freshSchema();
  const { config } = parseConfig(
    [
      'name: shop',
      'catalog: spark_catalog',
      `schema: ${schema}`,
      'engine:',
      '  {kind: databricks, server: open-spark, host: localhost, httpPath: /sql/1.0/warehouses/local, auth: {token: "${env:TOKEN}"}, volumes: /tmp/volumes}',
      'tables:',
      '  - {name: orders, keys: [id, "li`ne"], columns: {id: "decimal(12,2)", "li`ne": string, placed: timestamp}}',
    ].join('\n'),
    { baseDir: '/tmp' },
  );
  let engine: Engine;
  let now = '2026-05-01T12:00:00.000000Z';
  const clock = { now: () => now };
  const ledger = () => createLedger(engine, config, clock);

  beforeAll(async () => {
    engine = await openEngine(warehouse());
    await setup({ config, engine, ledger: ledger(), clock }, { dryRun: false });
  }, 3 * MINUTES);
  afterAll(() => engine?.close());

  it(
    'is who has which table',
    async () => {
      const lease = await ledger().claim('orders', 'w');
      const held = await ledger().claims();
      await ledger().release(lease);

      expect(held).toEqual([{ table: 'orders', owner: lease.owner, isHeld: true }]);
      expect(await ledger().claims()).toEqual([{ table: 'orders', owner: lease.owner, isHeld: false }]);
    },
    2 * MINUTES,
  );

  it(
    'is what exports lack, and since when',
    async () => {
      const tables = ['crm', "o'brien"].map((name) => ({ export: name, table: 'orders' }));
      const lease = await ledger().claim('orders', 'w');
      await ledger().applied(engine, lease, emptyBatch(1n));
      await ledger().exported(tables[0]!, 1n);
      await ledger().exported(tables[0]!, 1n);
      const first = now;
      now = addSeconds(now, 60);
      await ledger().applied(engine, lease, emptyBatch(2n));
      const second = now;
      await ledger().release(lease);

      const unsent = (await ledger().unsent(tables)).sort((a, b) => (a.export < b.export ? -1 : 1));

      expect(unsent).toEqual([
        { ...tables[0], since: second },
        { ...tables[1], since: first },
      ]);
      expect(await ledger().unsent([])).toEqual([]);
    },
    2 * MINUTES,
  );

  it(
    'are invariants on a slice of the keys, of any type and name',
    async () => {
      const ref = { catalog: 'spark_catalog', schema, name: 'orders' };
      const table = historyTable(config, config.tables[0]!, (await engine.columns(ref))!);
      const counts: (string | null)[] = [];

      for (const { sql } of renderInvariants(
        engine.dialect,
        table,
        renderSlice(engine.dialect, table, { prefix: 'a7' }),
      )) {
        counts.push((await engine.query(sql))[0]![0] ?? null);
      }

      expect(counts).toEqual(Array(8).fill('0'));
    },
    2 * MINUTES,
  );
});
