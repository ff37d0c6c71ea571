import { openTestSession, type TestSession } from '../test/warehouse/bench/test-session.ts';
import type { Warehouse } from '../test/warehouse/bench/warehouse.ts';
import type { Phase } from './change-feed.ts';
import { sumWritten, type TableVersion, type Written } from './merge-metrics.ts';
import { applyPhase, type PhaseCost } from './warehouse-load.ts';
import { closeSides, openSides, type Side } from './warehouse-side.ts';

/** How a table lies before the small batches. */
export interface Layout {
  readonly files: number;
  readonly bytes: number;
}

/** What small batches cost one side, and what they wrote to its history. */
export interface SmallResult {
  readonly side: string;
  readonly layout: Layout;
  readonly batches: readonly (PhaseCost & Written)[];
}

/** Files that a large history is laid out in, roughly. */
const FILES = 16;

/**
 * Loads every side, lays its table out by key in many files, then applies the small batches in turns.
 *
 * @param folder empty, for the files of the sides
 */
export async function runSmall(
  warehouse: Warehouse,
  folder: string,
  load: Phase,
  batches: readonly Phase[],
): Promise<readonly SmallResult[]> {
  const sides = await openSides(warehouse, folder);
  const session = await openTestSession(warehouse);
  try {
    const results = new Map<Side, { layout: Layout; batches: (PhaseCost & Written)[] }>();
    for (const side of sides) {
      await applyPhase(warehouse, side, load);
      results.set(side, { layout: await layOut(session, side), batches: [] });
    }
    for (const [at, batch] of batches.entries()) {
      for (const side of at % 2 === 0 ? sides : sides.toReversed()) {
        const before = await newestVersion(session, side);
        const cost = await applyPhase(warehouse, side, batch);
        const written = sumWritten(await versionsOf(session, side), before);
        results.get(side)!.batches.push({ ...cost, ...written });
      }
    }
    return [...results].map(([{ name }, result]) => ({ side: name, ...result }));
  } finally {
    await session.close();
    await closeSides(sides);
  }
}

async function layOut({ run }: TestSession, { table, optimize }: Side): Promise<Layout> {
  const { bytes } = await layoutOf({ run }, table);
  await run(`set spark.databricks.delta.optimize.maxFileSize = ${Math.ceil(bytes / FILES)}`);
  await run(optimize);
  return layoutOf({ run }, table);
}

async function layoutOf({ run }: Pick<TestSession, 'run'>, table: string): Promise<Layout> {
  const [detail] = await run(`describe detail ${table}`);
  return { files: Number(detail?.numFiles), bytes: Number(detail?.sizeInBytes) };
}

const versionsOf = async ({ run }: TestSession, { table }: Side): Promise<readonly TableVersion[]> =>
  run(`describe history ${table}`);

async function newestVersion(session: TestSession, side: Side): Promise<bigint> {
  const [newest] = await versionsOf(session, side);
  return BigInt(String(newest?.version));
}
