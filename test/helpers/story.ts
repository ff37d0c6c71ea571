import type { Column } from '../../lib/config/column-type.ts';
import type { Expectation, Scenario, ScenarioFile, ScenarioStep, ScenarioTable } from './scenarios.ts';
import { trackedColumns } from './scenarios.ts';
import { createOracle, type Oracle } from './scd2-oracle.ts';

/** What happens to one table, round by round, and what must stand after each. */
export interface Story {
  /** Unique among the stories told together. */
  readonly name: string;
  readonly table: ScenarioTable;
  readonly rounds: readonly Round[];
}

/** A file without its name, which depends on who else tells. */
export type StoryFile = Omit<ScenarioFile, 'name'>;

/** In this order: a reload begins, or the files arrive and are applied, full-load files first, or the reload ends. */
export interface Round {
  /** Instant of the reload that begins before the files arrive. */
  readonly reload: string | null;
  readonly files: readonly StoryFile[];
  /** The reload ends; nothing else happens then. */
  readonly completes: boolean;
  /** The table's source columns once the files are applied. */
  readonly columns: readonly Column[];
  /** What expectations call the batches of this round. */
  readonly batchId: number;
  readonly expect: Expectation | null;
}

/** A scenario as a story; a step that ends a reload after its files is two rounds. */
export function storyOfScenario(scenario: Scenario): Story {
  const { file, name, table, steps } = scenario;
  return { name: `${file}: ${name}`, table, rounds: steps.flatMap(roundsOf) };
}

function roundsOf(step: ScenarioStep, at: number): Round[] {
  const { reload, files, completeReload, columns, expect } = step;
  const common = { columns, batchId: at + 1 };
  const applied: Round = { ...common, reload, files, completes: false, expect };
  if (!completeReload) return [applied];
  const completed: Round = { ...common, reload: null, files: [], completes: true, expect };
  return reload === null && files.length === 0 ? [completed] : [{ ...applied, expect: null }, completed];
}

/** The model of a story's table, before its first round. */
export function oracleOfStory({ table, rounds }: Story): Oracle {
  const { columns } = rounds[0]!;
  return createOracle({
    keys: table.keys,
    columns,
    mode: table.history,
    tracked: trackedColumns(table, columns),
    sequence: table.sequence,
    reload: table.reload,
  });
}

/** Columns of a story that it has in any round, by name, as they are in the last. Keys need not come first. */
export function lastColumns({ rounds }: Story): readonly Column[] {
  return rounds.at(-1)!.columns;
}
