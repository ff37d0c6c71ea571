import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExportConfig, HistoryMode } from '../../../lib/config/config.ts';
import { exportTable, type ExportOptions } from '../../../lib/export/export-table.ts';
import { openTarget } from '../../../lib/export/run-export.ts';
import type { SnapshotTarget } from '../../../lib/ports.ts';
import { type Delivery, deliveryArbitrary, type Feed, feedArbitrary } from '../../helpers/arbitraries.ts';
import type { Values } from '../../helpers/oracle-types.ts';
import { comparable } from '../../helpers/scenario-grid.ts';
import {
  deliverBatch,
  type ExportHarness,
  exportSettings,
  openExportHarness,
  readTarget,
} from './harness.ts';

const RUNS = 12;

type Mode = ExportConfig['mode'];

/** A feed, how it arrives, and which exports run after each batch. */
interface Story {
  readonly feed: Feed;
  readonly delivery: Delivery;
  /** Repeated when there are more batches; incremental runs after the first batch, and both after the last. */
  readonly exportAfter: readonly (readonly Mode[])[];
  /** Index of the change whose commit time is looked back at. */
  readonly glance: number;
  readonly removeMissing: boolean;
  readonly columnCase: 'keep' | 'lower';
}

const MODES: readonly Mode[] = ['full', 'incremental'];

const story: fc.Arbitrary<Story> = feedArbitrary({ maxChanges: 25 })
  .filter(({ changes }) => changes.length > 4)
  .chain((feed) =>
    fc.record({
      feed: fc.constant(feed),
      delivery: deliveryArbitrary(feed.changes).filter((batches) => batches.length > 1),
      exportAfter: fc.array(fc.subarray([...MODES]), { minLength: 1, maxLength: 5 }),
      glance: fc.nat({ max: feed.changes.length - 1 }),
      removeMissing: fc.boolean(),
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

  /** Plays the story, comparing after every export. Returns how many were deltas. */
  async function play(history: HistoryMode, { feed, delivery, ...told }: Story): Promise<number> {
    const { keys, columns, tracked } = feed.table;
    const { removeMissing, columnCase, exportAfter, glance } = told;
    const table = harness.table({ keys, history, track: { kind: 'only', columns: tracked } });
    const send = (mode: Mode, options?: ExportOptions) => {
      const settings = table.settings({ mode, removeMissing, columnCase, targetSchema: mode });
      return exportTable(table.workspace(), settings, target, table.pipeline.config, options);
    };
    const names = columns.map(({ name }) => name);
    const cased = names.map((name) => (columnCase === 'lower' ? name.toLowerCase() : name));
    const read = async (schema: string, name = table.name) => {
      const there = columns.map(({ type }, at) => ({ name: cased[at]!, type }));
      const rows = await readTarget(harness.database, name, there, schema);
      const renamed = rows?.map((row) =>
        Object.fromEntries(names.map((n, at) => [n, row[cased[at]!] ?? null])),
      );
      return renamed && comparable(renamed, names, columns);
    };
    const expected = { full: new Map<string, Values>(), incremental: new Map<string, Values>() };
    const seen = new Set<Mode>();
    let deltas = 0;

    for (const [at, batch] of delivery.entries()) {
      await deliverBatch(table.pipeline, feed.table, batch);
      const drawn = exportAfter[at % exportAfter.length]!;
      const both = at === delivery.length - 1;
      for (const mode of MODES) {
        if (!both && !drawn.includes(mode) && (at > 0 || mode === 'full')) continue;
        const snapshot = await table.pipeline.snapshot({ kind: 'current' });
        const rows = expected[mode];
        if (removeMissing) rows.clear();
        for (const row of snapshot) rows.set(JSON.stringify(keys.map((key) => row[key])), row);

        const done = await send(mode);

        const isDelta = mode === 'incremental' && seen.has(mode);
        const reason = mode === 'full' || isDelta ? null : 'the target has no watermark yet';
        expect(done).toMatchObject({ mode: isDelta ? 'delta' : 'full', reason });
        expect(await read(mode)).toEqual(comparable([...rows.values()], names, columns));
        if (isDelta) deltas += 1;
        seen.add(mode);
      }
    }

    expect(await send('incremental')).toMatchObject({ mode: 'delta', rows: 0, upserted: 0, removed: 0 });
    const asOf = `${feed.changes[glance]!.commitTime.replace(' ', 'T')}Z`;
    const past = await table.pipeline.snapshot({ kind: 'as-of', instant: asOf });
    const { target: where } = await send('full', { asOf });
    expect(await read('full', where.replace('full.', ''))).toEqual(comparable(past, names, columns));
    return deltas;
  }

  it.each<HistoryMode>(['last-change', 'every-change'])(
    'of a %s history equals its snapshot: full and incremental, whatever came in between',
    async (history) => {
      let deltas = 0;
      await fc.assert(
        fc.asyncProperty(story, async (told) => {
          deltas += await play(history, told);
        }),
        { numRuns: RUNS },
      );

      expect(deltas).toBeGreaterThan(0);
    },
    120_000,
  );
});
