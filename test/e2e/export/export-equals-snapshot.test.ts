import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExportConfig, HistoryMode } from '../../../lib/config/config.ts';
import { exportTable, type ExportOptions } from '../../../lib/export/export-table.ts';
import { openTarget } from '../../../lib/export/run-export.ts';
import { targetColumnName, targetTableName } from '../../../lib/export/target-table.ts';
import type { SnapshotTarget } from '../../../lib/ports.ts';
import { type Delivery, deliveryArbitrary, type Feed, feedArbitrary } from '../../helpers/arbitraries.ts';
import type { Values } from '../../helpers/oracle-types.ts';
import { comparable } from '../../helpers/scenario-grid.ts';
import {
  deliverBatch,
  type ExportedTable,
  type ExportHarness,
  exportSettings,
  openExportHarness,
  readTarget,
} from './harness.ts';

const RUNS = 12;

/** A feed, how it arrives, and after which batches it is exported. */
interface Story {
  readonly feed: Feed;
  readonly delivery: Delivery;
  readonly exportAfter: readonly boolean[];
  /** Index of the change whose commit time is looked back at. */
  readonly glance: number;
  readonly columnCase: 'keep' | 'lower';
}

const story: fc.Arbitrary<Story> = feedArbitrary({ maxChanges: 25 }).chain((feed) =>
  fc.record({
    feed: fc.constant(feed),
    delivery: deliveryArbitrary(feed.changes),
    exportAfter: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
    glance: fc.nat({ max: feed.changes.length - 1 }),
    columnCase: fc.constantFrom('keep', 'lower'),
  }),
);

describe('an export', () => {
  let harness: ExportHarness;
  let target: SnapshotTarget;
  beforeAll(async () => {
    harness = await openExportHarness();
    target = await openTarget(harness.table({ keys: ['id'] }).workspace(), exportSettings(['unused']));
  });
  afterAll(async () => {
    await target?.close();
    await harness?.close();
  });

  const send = (table: ExportedTable, settings: ExportConfig, options?: ExportOptions) =>
    exportTable(table.workspace(), settings, target, table.pipeline.config, options);

  describe.each<HistoryMode>(['last-change', 'every-change'])('of a %s history', (history) => {
    it.each([true, false])(
      'equals the snapshot in either mode, with removeMissing: %s',
      async (removeMissing) => {
        let deltas = 0;
        await fc.assert(
          fc.asyncProperty(story, async ({ feed, delivery, exportAfter, glance, columnCase }) => {
            const { keys, columns, tracked } = feed.table;
            const table = harness.table({ keys, history, track: { kind: 'only', columns: tracked } });
            const settings = (mode: 'full' | 'incremental') =>
              table.settings({ mode, removeMissing, columnCase, targetSchema: mode });
            const names = columns.map(({ name }) => name);
            const read = async (schema: string, name = table.name) => {
              const there = columns.map((c) => ({ ...c, name: targetColumnName(c.name, columnCase) }));
              const rows = await readTarget(harness.database, name, there, schema);
              const renamed = rows?.map((row) =>
                Object.fromEntries(
                  columns.map((c) => [c.name, row[targetColumnName(c.name, columnCase)] ?? null]),
                ),
              );
              return renamed && comparable(renamed, names, columns);
            };
            const expected = new Map<string, Values>();
            let exported = false;

            for (const [at, batch] of delivery.entries()) {
              await deliverBatch(table.pipeline, feed.table, batch);
              const isLast = at === delivery.length - 1;
              if (!isLast && !exportAfter[at % exportAfter.length]) continue;
              const snapshot = await table.pipeline.snapshot({ kind: 'current' });
              if (removeMissing) expected.clear();
              for (const row of snapshot) expected.set(JSON.stringify(keys.map((key) => row[key])), row);
              const full = await send(table, settings('full'));
              const incremental = await send(table, settings('incremental'));

              expect(full).toMatchObject({ mode: 'full', reason: null, rows: snapshot.length });
              expect(incremental).toMatchObject(
                exported
                  ? { mode: 'delta', reason: null }
                  : { mode: 'full', reason: 'the target has no watermark yet' },
              );
              expect(await read('full')).toEqual(comparable([...expected.values()], names, columns));
              expect(await read('incremental')).toEqual(comparable([...expected.values()], names, columns));
              if (exported) deltas += 1;
              exported = true;
            }

            expect(await send(table, settings('incremental'))).toMatchObject({ mode: 'delta', rows: 0 });
            const asOf = `${feed.changes[glance]!.commitTime.replace(' ', 'T')}Z`;
            const past = await table.pipeline.snapshot({ kind: 'as-of', instant: asOf });
            await send(table, settings('full'), { asOf });
            expect(await read('full', targetTableName(table.name, asOf, false, []))).toEqual(
              comparable(past, names, columns),
            );
          }),
          { numRuns: RUNS },
        );
        expect(deltas).toBeGreaterThan(0);
      },
      120_000,
    );
  });
});
