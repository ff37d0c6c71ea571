import { describe, expect, it } from 'vitest';
import { assertInvariants } from '../../helpers/invariants.ts';
import type { Values } from '../../helpers/oracle-types.ts';
import { comparable, flattenHistory, flattenVersion, type Grid } from '../../helpers/scenario-grid.ts';
import { loadScenarios, type Scenario, trackedColumns } from '../../helpers/scenarios.ts';
import { createOracle, type Oracle } from '../../helpers/scd2-oracle.ts';

describe('the model and the scenarios agree', () => {
  for (const scenario of loadScenarios()) {
    it(`${scenario.file}: ${scenario.name}`, () => tell(scenario));
  }
});

function tell({ table, steps }: Scenario): void {
  const columns = steps[0]!.columns;
  const oracle = createOracle({
    keys: table.keys,
    columns,
    mode: table.history,
    tracked: trackedColumns(table, columns),
    sequence: table.sequence,
    reload: table.reload,
  });
  steps.forEach((step, at) => {
    oracle.evolve(step.columns, trackedColumns(table, step.columns));
    if (step.reload !== null) oracle.beginReload(step.reload);
    if (step.files.length > 0)
      oracle.applyBatch(
        step.files.flatMap((file) => file.changes),
        at + 1,
      );
    const applied = oracle.counts;
    if (step.completeReload) oracle.completeReload(at + 1);

    assertInvariants(oracle.rows(), table.keys);
    expect(observed(oracle, step), `after step ${at + 1}`).toEqual(stated(step));
    if (step.expect.counts) expect(applied, `counts of step ${at + 1}`).toMatchObject(step.expect.counts);
  });
}

function stated({
  columns,
  expect: { history, current, asOf, versions },
}: Scenario['steps'][number]): object {
  const rows = (grid: Grid | null): Values[] | null => grid && comparable(grid.rows, grid.header, columns);
  return {
    history: rows(history),
    current: rows(current),
    asOf: asOf.map(({ instant, grid }) => ({ instant, rows: rows(grid) })),
    versions: rows(versions),
  };
}

function observed(oracle: Oracle, { columns, expect: wanted }: Scenario['steps'][number]): object {
  const rows = (grid: Grid | null, actual: Values[]): Values[] | null =>
    grid && comparable(actual, grid.header, columns);
  return {
    history: rows(wanted.history, oracle.rows().map(flattenHistory)),
    current: rows(wanted.current, oracle.snapshotCurrent()),
    asOf: wanted.asOf.map(({ instant, grid }) => ({
      instant,
      rows: rows(grid, oracle.snapshotAsOf(instant)),
    })),
    versions: rows(wanted.versions, oracle.versions().map(flattenVersion)),
  };
}
