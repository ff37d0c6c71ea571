import type { Warehouse } from '../test/warehouse/bench/warehouse.ts';
import { openTestSession } from '../test/warehouse/bench/test-session.ts';
import { createDatabricksDialect } from '../lib/engines/databricks/dialect.ts';
import type { StatementRecord } from '../test/warehouse/bench/operations.ts';
import type { Phase } from './change-feed.ts';
import { type CurrentRows, isSame, parseCurrentRows, renderCompareCurrent } from './compare-current.ts';
import { SALE_COLUMNS, SALE_KEY } from './sale-table.ts';
import { type Cost, costOf } from './spark-usage.ts';
import { ARTICLE, closeSides, openSides, REFERENCE, type Side } from './warehouse-side.ts';

/** What applying a phase cost. */
export interface PhaseCost extends Cost {
  /** Statements sent to Spark. */
  readonly statements: number;
  /** Seconds in those of them that wrote the history. */
  readonly writingSeconds: number;
}

/** What the phases cost one side, in their order, and how its current rows compare with the reference's. */
export interface LoadResult {
  readonly side: string;
  readonly costs: readonly PhaseCost[];
  readonly current: CurrentRows;
}

/**
 * Applies the phases one after the other, each on every side before the next. From phase to phase the order of the
 * sides is turned round, the article's being the last for the load, so that no side always meets Spark at its coldest.
 * Throws when two sides of ours disagree on the current rows.
 *
 * @param folder empty, for the files of the sides
 */
export async function runLoad(
  warehouse: Warehouse,
  folder: string,
  phases: readonly Phase[],
): Promise<readonly LoadResult[]> {
  const sides = await openSides(warehouse, folder);
  try {
    const costs = new Map<Side, PhaseCost[]>(sides.map((side) => [side, []]));
    for (const [at, phase] of phases.entries()) {
      for (const side of at % 2 === 0 ? sides.toReversed() : sides)
        costs.get(side)!.push(await applyPhase(warehouse, side, phase));
    }
    const results: LoadResult[] = [];
    for (const side of sides) {
      const current = await compare(warehouse, sides, side);
      assertAgrees(side, current);
      results.push({ side: side.name, costs: costs.get(side)!, current });
    }
    return results;
  } finally {
    await closeSides(sides);
  }
}

/** Delivers a phase and measures its application. */
export async function applyPhase(warehouse: Warehouse, side: Side, phase: Phase): Promise<PhaseCost> {
  await side.deliver(phase);
  const before = warehouse.statements.length;
  const cost = await costOf(warehouse.sparkPid(), () => side.apply(phase));
  const sent = warehouse.statements.slice(before);
  return { ...cost, statements: sent.length, writingSeconds: secondsOf(sent.filter(isWriteOf(side.table))) };
}

/** Every side writes its history by `merge` and `insert` alone. */
function isWriteOf(table: string): (statement: StatementRecord) => boolean {
  return ({ sql }) => ['merge into', 'insert into'].some((verb) => sql.startsWith(`${verb} ${table} `));
}

function secondsOf(statements: readonly StatementRecord[]): number {
  return (
    statements.reduce((sum, { startedAt, endedAt }) => sum + (endedAt ?? startedAt) - startedAt, 0) / 1000
  );
}

async function compare(warehouse: Warehouse, sides: readonly Side[], side: Side): Promise<CurrentRows> {
  const reference = sides.find(({ name }) => name === REFERENCE)!;
  const source = { key: SALE_KEY, columns: SALE_COLUMNS };
  const dialect = createDatabricksDialect('open-spark');
  const session = await openTestSession(warehouse);
  try {
    const rows = await session.run(renderCompareCurrent(dialect, source, reference.table, side.table));
    return parseCurrentRows(rows.map((row) => Object.values(row).map(String)));
  } finally {
    await session.close();
  }
}

function assertAgrees({ name }: Side, current: CurrentRows): void {
  if (name === ARTICLE || isSame(current)) return;
  throw new Error(`${name} and ${REFERENCE} disagree on the current rows: ${JSON.stringify(current)}`);
}
