import { expect, it } from 'vitest';
import { historyRef } from '../../lib/history/history-table.ts';
import { rebuildTable } from '../../lib/operations/rebuild.ts';
import { cdcFileName, change } from '../helpers/change-files.ts';
import type { TestPipeline } from '../helpers/test-pipeline.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { historyName, LONG_MS, withForeignSession } from './shared-table.ts';

const COLUMNS = [
  { name: 'id', type: { kind: 'int', bits: 32 } },
  // Parquet cannot hold a space in a name, so the table has names of its own in its files.
  { name: 'full name', type: { kind: 'string' } },
] as const;

describeWithWarehouse('a Delta table that is written by others too', (warehouse) => {
  const shared = withForeignSession(warehouse);
  const filled = async (): Promise<TestPipeline> => {
    const table = shared().engine.table({ keys: ['id'] });
    await table.deliver(cdcFileName(1), {
      columns: COLUMNS,
      changes: [change({ op: 'I', at: '10:00', seq: 1, id: 1, 'full name': 'Ann' })],
    });
    await table.ingest();
    return table;
  };

  it(
    'keeps its feed of changes, what a person set on it and its older versions when it is rebuilt',
    async () => {
      const table = await filled();
      await shared().foreign.run(`alter table ${historyName(table)} set tblproperties ('team' = 'sales')`);
      const before = await table.rows();

      await rebuildTable(table.workspace, table.config);

      const shown = await shared().foreign.run(`show tblproperties ${historyName(table)}`);
      const properties = new Map(shown.map(({ key, value }) => [key, value]));
      expect([properties.get('team'), properties.get('delta.enableChangeDataFeed')]).toEqual([
        'sales',
        'true',
      ]);
      expect(await table.rows()).toEqual(before);
      const operations = (await shared().foreign.run(`describe history ${historyName(table)}`)).map(
        ({ operation }) => operation,
      );
      expect(operations).not.toContain('CREATE OR REPLACE TABLE AS SELECT');
      expect(operations).toContain('CREATE TABLE');
    },
    LONG_MS,
  );

  it(
    'lets no write through that was under way when its claim was broken',
    async () => {
      const table = await filled();
      const { dialect } = table.workspace.engine;
      const slow = table.workspace.engine.execute(
        [
          `merge into ${historyName(table)} as h`,
          'using (select cast(1 as int) as id, cast(count(*) as string) as n from range(400000000) where id % 7 = 3) as s',
          'on h.id = s.id',
          'when matched then update set `full name` = s.n',
        ].join('\n'),
      );
      const outcome = slow.then(
        () => 'went through',
        (error: { code?: string }) => error.code,
      );
      await expect
        .poll(() => warehouse().statements.at(-1)?.sql.startsWith('merge into'), { timeout: 30_000 })
        .toBe(true);
      const ref = historyRef(table.workspace.config, table.config);

      await shared().foreign.run(dialect.endWrites(ref, '2024-05-01T10:00:00.000000Z')!);

      expect(await outcome).toBe('TABLE_ALTERED');
      expect((await table.rows()).map(({ values }) => values['full name'])).toEqual(['Ann']);
    },
    LONG_MS,
  );
});
