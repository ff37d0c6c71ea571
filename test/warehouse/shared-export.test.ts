import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Column } from '../../lib/config/column-type.ts';
import { openTarget } from '../../lib/export/run-export.ts';
import type { ExportDeps } from '../../lib/export/prepare-run.ts';
import { loadShared, planShared, publishShared, type SharedTableRun } from '../../lib/export/share-export.ts';
import { type ExportHarness, openExportHarness, readTarget } from '../e2e/export/harness.ts';
import { openTestEngine } from '../helpers/test-pipeline.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema } from './bench/test-session.ts';
import { onWarehouse } from './warehouse-config.ts';

const MINUTES = 60_000;
const COLUMNS: Column[] = [
  { name: 'id', type: { kind: 'int', bits: 32 } },
  { name: 'li`ne "x"', type: { kind: 'string' } },
  { name: 'price', type: { kind: 'decimal', precision: 38, scale: 9 } },
];
const ROWS = 60;

const row = (id: number, price: string) => ({ id, 'li`ne "x"': `${id} 表`, price });

describeWithWarehouse('an export in parts, from Spark with Delta', (warehouse) => {
  let harness: ExportHarness;
  beforeAll(async () => {
    const schema = freshSchema();
    harness = await openExportHarness(() =>
      openTestEngine({ configure: (config) => onWarehouse(config, warehouse(), schema) }),
    );
  }, 3 * MINUTES);
  afterAll(() => harness?.close());

  it(
    'reads one version of the history in every process, whatever is applied meanwhile',
    async () => {
      const table = harness.table({ keys: ['id', 'li`ne "x"'], name: 'pinned' });
      const settings = table.settings();
      const ws = table.workspace();
      const target = await openTarget(ws, settings);
      const deps: ExportDeps = { ws, settings, target, table: table.pipeline.config };
      const load = async (run: SharedTableRun) => {
        const loaded: number[] = [];
        for (let part = 0; part < run.parts; part += 1) {
          // As it goes through Step Functions.
          const carried = JSON.parse(JSON.stringify(run)) as SharedTableRun;
          loaded.push((await loadShared(deps, carried, part)).rows);
        }
        return loaded;
      };
      await table.ingest(
        COLUMNS,
        Array.from({ length: ROWS }, (_, id) => ({
          op: 'I' as const,
          at: '10:00',
          seq: id,
          ...row(id, '-1.5'),
        })),
      );

      const first = await planShared(deps, 'first', 3);
      await table.ingest(COLUMNS, [
        { op: 'D', at: '11:00', seq: 100, ...row(0, '-1.5') },
        { op: 'U', at: '11:00', seq: 101, ...row(1, '7.000000001') },
      ]);
      const loaded = await load(first);

      expect(first.relation).toMatch(/ version as of \d+$/);
      expect(loaded.every((rows) => rows > 0)).toBe(true);
      expect(await publishShared(deps, first)).toEqual({ upserted: ROWS, removed: 0, unchanged: 0 });
      const before = (await readTarget(harness.database, 'pinned', COLUMNS))!;
      expect(before).toHaveLength(ROWS);
      expect(before[1]).toEqual({ id: '1', 'li`ne "x"': '1 表', price: '-1.500000000' });

      const second = await planShared(deps, 'second');
      await load(second);
      expect(second).toMatchObject({ rows: { mode: 'delta', after: '1' }, parts: 1 });
      expect(await publishShared(deps, second)).toEqual({ upserted: 1, removed: 1, unchanged: 0 });
      const after = (await readTarget(harness.database, 'pinned', COLUMNS))!;
      expect(after).toHaveLength(ROWS - 1);
      expect(after[0]).toEqual({ id: '1', 'li`ne "x"': '1 表', price: '7.000000001' });
      await target.close();
    },
    5 * MINUTES,
  );

  it(
    'tells the ledger what the command line sent',
    async () => {
      const table = harness.table({ keys: ['id'], name: 'told' });
      await table.ingest(COLUMNS, [{ op: 'I', at: '10:00', seq: 1, ...row(1, '1.0') }]);
      const asked = [{ export: 'postgres', table: 'told' }];
      expect(await table.workspace().ledger.unsent(asked)).toHaveLength(1);

      await table.export();

      expect(await table.workspace().ledger.unsent(asked)).toEqual([]);
    },
    3 * MINUTES,
  );
});
