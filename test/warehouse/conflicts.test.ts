import { expect, it } from 'vitest';
import { ingestTable } from '../../lib/ingest/ingest-table.ts';
import { verifyTable } from '../../lib/operations/verify.ts';
import { cdcFileName, type ChangeShorthand, change } from '../helpers/change-files.ts';
import type { TestPipeline } from '../helpers/test-pipeline.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { historyName, LONG_MS, withForeignSession } from './shared-table.ts';

const COLUMNS = [
  { name: 'id', type: { kind: 'int', bits: 32 } },
  { name: 'name', type: { kind: 'string' } },
] as const;

describeWithWarehouse('writers that meet in a warehouse', (warehouse) => {
  const shared = withForeignSession(warehouse);
  const deliver = (table: TestPipeline, n: number, ...rows: readonly ChangeShorthand[]) =>
    table.deliver(cdcFileName(n), { columns: COLUMNS, changes: rows.map((row) => change(row)) });
  const current = async (table: TestPipeline) =>
    (await table.snapshot({ kind: 'current' })).sort((a, b) => Number(a.id) - Number(b.id));
  const failed = (words: string): string[] =>
    warehouse()
      .statements.filter(({ sql, outcome }) => outcome === 'failed' && sql.startsWith(words))
      .map(({ sql }) => sql);

  /** Ingests while somebody runs a statement over and over, until `enough` or the ingest is done. */
  async function meanwhile(table: TestPipeline, sql: string, enough: () => boolean): Promise<void> {
    let done = false;
    const ingested = table.ingest().finally(() => {
      done = true;
    });
    while (!done && !enough()) {
      await shared()
        .foreign.run(sql)
        .catch((error: Error) => expect(error.message).toContain('DELTA_CONCURRENT'));
    }
    await ingested;
  }

  it(
    'two tables are ingested at once: what both add to the ledger does not conflict',
    async () => {
      const tables = [
        shared().engine.table({ keys: ['id'] }),
        shared().engine.table({ keys: ['id'], history: 'every-change' }),
      ];
      for (const table of tables) {
        await deliver(table, 1, { op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' });
      }

      const reports = await Promise.all(tables.map((table) => table.ingest()));

      expect(reports.map(({ batches, opened }) => ({ batches, opened }))).toEqual([
        { batches: 1, opened: 1 },
        { batches: 1, opened: 1 },
      ]);
      for (const table of tables) expect(await current(table)).toEqual([{ id: '1', name: 'Ann' }]);
      // The row by which a table is first claimed is looked for before it is added, and claims may meet.
      const added = failed('insert into').filter((sql) => !sql.includes('_tidemark_heads'));
      expect(added).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'of two workers on one table one is told that it is busy, and nothing is applied twice',
    async () => {
      const table = shared().engine.table({ keys: ['id'], history: 'every-change' });
      await deliver(table, 1, { op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' });
      const { workspace, config } = table;
      const second = () => ingestTable(workspace.ingestDeps(config));
      let late: Awaited<ReturnType<typeof second>> | null = null;
      const faults = {
        at: async (point: string) => {
          if (point === 'ingest.claimed') late = await second();
        },
      };

      const first = await ingestTable({ ...workspace.ingestDeps(config), faults });

      expect(first).toMatchObject({ error: null, batches: 1, opened: 1 });
      expect(late).toMatchObject({ error: { code: 'TABLE_BUSY' }, batches: 0, waiting: 1 });
      expect(await table.rows()).toMatchObject([{ values: { id: '1', name: 'Ann' }, batch_id: 1n }]);
      expect(await second()).toMatchObject({ error: null, batches: 0, waiting: 0 });
    },
    LONG_MS,
  );

  it(
    'two workers that claim a table at the very same time apply its files once',
    async () => {
      const table = shared().engine.table({ keys: ['id'], history: 'every-change' });
      await deliver(table, 1, { op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' });
      const { workspace, config } = table;

      const reports = await Promise.all([1, 2].map(() => ingestTable(workspace.ingestDeps(config))));

      expect(reports.map(({ batches }) => batches).sort()).toEqual([0, 1]);
      const errors = reports.flatMap(({ error }) => (error ? [error.code] : []));
      expect(errors.every((code) => code === 'TABLE_BUSY')).toBe(true);
      expect(await table.rows()).toMatchObject([{ values: { id: '1', name: 'Ann' }, batch_id: 1n }]);
    },
    LONG_MS,
  );

  it(
    'a merge that a foreign update comes in between is run again, and comes out right',
    async () => {
      const table = shared().engine.table({ keys: ['id'] });
      await deliver(
        table,
        1,
        { op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' },
        {
          ...{ op: 'I', at: '10:00', seq: 2, id: 2, name: 'Bob' },
        },
      );
      await table.ingest();
      await deliver(
        table,
        2,
        { op: 'U', at: '11:00', seq: 3, id: 1, name: 'Änn' },
        {
          ...{ op: 'D', at: '11:00', seq: 4, id: 2 },
        },
      );
      const merge = `merge into ${historyName(table)}`;

      await meanwhile(
        table,
        `update ${historyName(table)} set \`name\` = \`name\` where true`,
        () => failed(merge).length > 0,
      );

      expect(failed(merge).length).toBeGreaterThan(0);
      expect(await current(table)).toEqual([{ id: '1', name: 'Änn' }]);
      expect(await table.rows()).toHaveLength(3);
      expect(await verifyTable(table.workspace, table.config)).toMatchObject({ healthy: true });
    },
    LONG_MS,
  );

  it(
    'OPTIMIZE while batches are applied changes nothing that is seen',
    async () => {
      const table = shared().engine.table({ keys: ['id'], history: 'every-change' });
      for (const n of [1, 2]) {
        await deliver(table, n, { op: n === 1 ? 'I' : 'U', at: `1${n}:00`, seq: n, id: 1, name: `v${n}` });
        await table.ingest();
      }
      await deliver(table, 3, { op: 'U', at: '13:00', seq: 3, id: 1, name: 'v3' });

      await meanwhile(table, `optimize ${historyName(table)} full`, () => false);

      const rows = (await table.rows()).map(({ values, current: open }) => [values.name, open]);
      expect(rows.sort()).toEqual([
        ['v1', false],
        ['v2', false],
        ['v3', true],
      ]);
      expect(await verifyTable(table.workspace, table.config)).toMatchObject({ healthy: true });
    },
    LONG_MS,
  );
});
