import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { cancelReload, completeReload, startReload } from '../../lib/operations/reload.ts';
import type { HistoryMode } from '../../lib/config/config.ts';
import { type Delivery, deliveryArbitrary, type Feed, feedArbitrary } from '../helpers/arbitraries.ts';
import { cdcFileName, loadFileName } from '../helpers/change-files.ts';
import { assertInvariants } from '../helpers/invariants.ts';
import { comparable, flattenHistory, flattenVersion, type Grid } from '../helpers/scenario-grid.ts';
import { loadScenarios, type Scenario, type ScenarioStep } from '../helpers/scenarios.ts';
import {
  type Change,
  createOracle,
  type HistoryRow,
  type Oracle,
  type Values,
} from '../helpers/scd2-oracle.ts';
import type { TestEngine, TestPipeline } from '../helpers/test-pipeline.ts';

/** How much of the suite an engine can afford. */
export interface HistoryContractOptions {
  /** Random cases a property. */
  readonly runs: number;
  /**
   * What the engine can tell of a batch: everything; what its merge and the history tell, so not which changes it knew
   * before in `every-change`; or nothing, as after a lost answer.
   */
  readonly counts: 'all' | 'of the merge' | 'none';
}

/**
 * What every engine must do with change files: each scenario of test/scenarios, and the theorems of docs/semantics.md
 * against the row-by-row model, through the whole ingest.
 */
export function historyContract(
  name: string,
  open: () => Promise<TestEngine>,
  { runs, counts }: HistoryContractOptions,
): void {
  describe(`history on ${name}`, () => {
    let engine: TestEngine;
    beforeAll(async () => {
      engine = await open();
    });
    afterAll(() => engine.close());

    describe('scenarios', () => {
      for (const scenario of loadScenarios()) {
        it(`${scenario.file}: ${scenario.name}`, () => tell(engine, scenario, counts));
      }
    });
    describe.each<HistoryMode>(['last-change', 'every-change'])('%s', (mode) =>
      properties(() => engine, mode, runs),
    );
  });
}

/** Tells a story to the engine; each step is one batch. */
async function tell(
  engine: TestEngine,
  { table, steps }: Scenario,
  counts: HistoryContractOptions['counts'],
): Promise<void> {
  const pipeline = engine.table(table);
  for (const [at, step] of steps.entries()) {
    if (step.reload !== null) {
      const clock = { now: () => step.reload! };
      const { ledger } = pipeline.workspace;
      const open = (await ledger.generations(pipeline.config.name)).some((g) => g.status === 'requested');
      if (open) await cancelReload(pipeline.workspace, pipeline.config);
      await startReload({ ...pipeline.workspace, clock }, pipeline.config);
    }
    for (const file of step.files) {
      const options = { beforeImage: file.beforeImage };
      await pipeline.deliver(file.name, { columns: file.columns, changes: file.changes, options });
    }
    const report = await pipeline.ingest();
    if (step.completeReload) await completeReload(pipeline.workspace, pipeline.config, {});

    assertInvariants(await pipeline.rows(), table.keys);
    expect(await observed(pipeline, step), `after step ${at + 1}`).toEqual(stated(step));
    if (step.expect.counts) {
      const found = countsOf(report);
      const wanted = toldOf(table.history, counts, summed(step.expect.counts));
      expect(found, `counts of step ${at + 1}`).toMatchObject(wanted);
    }
  }
}

function stated({ columns, expect: { history, current, asOf, versions } }: ScenarioStep): object {
  const rows = (grid: Grid | null): Values[] | null => grid && comparable(grid.rows, grid.header, columns);
  return {
    history: rows(history),
    current: rows(current),
    asOf: asOf.map(({ instant, grid }) => ({ instant, rows: rows(grid) })),
    versions: rows(versions),
  };
}

async function observed(pipeline: TestPipeline, { columns, expect: wanted }: ScenarioStep): Promise<object> {
  const rows = (grid: Grid | null, actual: Values[]): Values[] | null =>
    grid && comparable(actual, grid.header, columns);
  const asOf: object[] = [];
  for (const { instant, grid } of wanted.asOf) {
    asOf.push({ instant, rows: rows(grid, await pipeline.snapshot({ kind: 'as-of', instant })) });
  }
  return {
    history: rows(wanted.history, (await pipeline.rows()).map(flattenHistory)),
    current: rows(wanted.current, await pipeline.snapshot({ kind: 'current' })),
    asOf,
    versions: rows(wanted.versions, (await pipeline.versions()).map(flattenVersion)),
  };
}

type Summed = {
  [P in 'read' | 'inserted' | 'changed' | 'unchanged' | 'stale' | 'ambiguous']?: number | undefined;
};

/** The model counts tombstones among the opened, and every end that moved as closed; the sums are the same. */
function countsOf(report: Awaited<ReturnType<TestPipeline['ingest']>>): Summed {
  const { rows, opened, tombstones, closed, updated, unchanged, stale, ambiguous } = report;
  return {
    read: rows,
    inserted: (opened ?? 0) + (tombstones ?? 0),
    changed: (closed ?? 0) + (updated ?? 0),
    unchanged: unchanged ?? undefined,
    stale: stale ?? undefined,
    ambiguous,
  };
}

/** The counts that an engine must tell. */
function toldOf(
  mode: HistoryMode | undefined,
  counts: HistoryContractOptions['counts'],
  wanted: Summed,
): Summed {
  if (counts === 'all') return wanted;
  const untold =
    counts === 'none'
      ? ['inserted', 'changed', 'unchanged', 'stale']
      : mode === 'every-change'
        ? ['unchanged']
        : [];
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => !untold.includes(name)));
}

function summed(counts: Partial<Oracle['counts']>): Summed {
  const { read, opened, closed, updated, unchanged, stale, ambiguous } = counts;
  const known = { read, inserted: opened, unchanged, stale, ambiguous };
  const changed = closed === undefined && updated === undefined ? undefined : (closed ?? 0) + (updated ?? 0);
  return Object.fromEntries(Object.entries({ ...known, changed }).filter(([, count]) => count !== undefined));
}

function properties(engine: () => TestEngine, mode: HistoryMode, runs: number): void {
  const arriving = (inOrder: boolean) =>
    feedArbitrary().chain((feed) =>
      fc.record({
        feed: fc.constant(feed),
        delivery: deliveryArbitrary(feed.changes, { inOrder }),
        glance: fc.nat({ max: feed.changes.length - 1 }),
      }),
    );

  it('equals the row-by-row model after every batch, for any order, duplication and batching', async () => {
    await fc.assert(
      fc.asyncProperty(arriving(false), async ({ feed, delivery, glance }) => {
        await playBeside(engine(), feed, mode, delivery, feed.changes[glance]!.commitTime);
      }),
      { numRuns: runs },
    );
  }, 600_000);

  it('equals the row-by-row model after every batch of an ordered feed with repeats', async () => {
    await fc.assert(
      fc.asyncProperty(arriving(true), async ({ feed, delivery, glance }) => {
        await playBeside(engine(), feed, mode, delivery, feed.changes[glance]!.commitTime);
      }),
      { numRuns: runs },
    );
  }, 600_000);

  it('ends with the same table (every-change) or current snapshot (last-change) however the files came', async () => {
    const twoWays = feedArbitrary().chain((feed) =>
      fc.record({
        feed: fc.constant(feed),
        one: deliveryArbitrary(feed.changes),
        other: deliveryArbitrary(feed.changes),
      }),
    );
    await fc.assert(
      fc.asyncProperty(twoWays, async ({ feed, one, other }) => {
        const end = async (delivery: Delivery) => {
          const pipeline = newTable(engine(), feed, mode);
          for (const batch of delivery) await deliverBatch(pipeline, feed, batch);
          return endState(pipeline, feed, mode);
        };
        expect(await end(one)).toEqual(await end(other));
      }),
      { numRuns: Math.ceil(runs / 2) },
    );
  }, 600_000);
}

function newTable(engine: TestEngine, { table }: Feed, history: HistoryMode): TestPipeline {
  const track = { kind: 'only', columns: table.tracked } as const;
  return engine.table({ keys: table.keys, history, track });
}

/** What must not depend on how the files came; batch ids do. */
async function endState(pipeline: TestPipeline, { table }: Feed, mode: HistoryMode): Promise<Values[]> {
  const names = table.columns.map(({ name }) => name);
  if (mode === 'last-change') {
    return comparable(await pipeline.snapshot({ kind: 'current' }), names, table.columns);
  }
  const rows = (await pipeline.rows()).map(flattenHistory);
  return comparable(rows, [...names, ...HISTORY_NAMES], table.columns);
}

const HISTORY_NAMES = [
  ...['current', 'effective_date', 'end_date', 'effective_seq', 'end_seq', 'seen_date', 'seen_seq'],
];

/** One batch of files; full-load files come before the others, as a batch of their own, so there may be two. */
async function deliverBatch(
  pipeline: TestPipeline,
  { table }: Feed,
  files: readonly (readonly Change[])[],
): Promise<Change[][]> {
  const isLoad = (file: readonly Change[]): boolean => file.every((change) => change.load);
  const beforeImage = files.flat().some((change) => change.beforeKeys) ? table.keys : [];
  for (const changes of files) {
    const name = isLoad(changes) ? loadFileName(nextFile()) : cdcFileName(nextFile());
    await pipeline.deliver(name, { columns: table.columns, changes, options: { beforeImage } });
  }
  await pipeline.ingest();
  const parts = [files.filter(isLoad), files.filter((file) => !isLoad(file))];
  return parts.filter((part) => part.length > 0).map((part) => part.flat());
}

let fileNumber = 0;
const nextFile = (): number => ++fileNumber;

async function playBeside(
  engine: TestEngine,
  feed: Feed,
  mode: HistoryMode,
  delivery: Delivery,
  glance: string,
): Promise<void> {
  const { table } = feed;
  const pipeline = newTable(engine, feed, mode);
  const oracle = createOracle({ ...table, mode });
  const names = table.columns.map(({ name }) => name);
  const rowNames = [...names, ...HISTORY_NAMES, 'batch_id'];
  const history = (rows: HistoryRow[]) => comparable(rows.map(flattenHistory), rowNames, table.columns);
  let batchId = 0;
  for (const files of delivery) {
    for (const changes of await deliverBatch(pipeline, feed, files)) oracle.applyBatch(changes, ++batchId);
    const rows = await pipeline.rows();
    assertInvariants(rows, table.keys);
    expect(history(rows)).toEqual(history(oracle.rows()));
  }
  const instant = `${glance.replace(' ', 'T')}Z`;
  expect(comparable(await pipeline.snapshot({ kind: 'as-of', instant }), names, table.columns)).toEqual(
    comparable(oracle.snapshotAsOf(instant), names, table.columns),
  );
  expect(comparable(await pipeline.snapshot({ kind: 'current' }), names, table.columns)).toEqual(
    comparable(oracle.snapshotCurrent(), names, table.columns),
  );
  const versionNames = [...names, 'current', 'effective_date', 'end_date'];
  expect(comparable((await pipeline.versions()).map(flattenVersion), versionNames, table.columns)).toEqual(
    comparable(oracle.versions().map(flattenVersion), versionNames, table.columns),
  );
}
