import type { TableConfig } from '../lib/config/config.ts';
import { PipelineError } from '../lib/errors.ts';
import type { Cli } from './cli.ts';
import { exitCodeOf } from './exit-code.ts';

/** Asks for something of each table. One that cannot answer is told on stderr and does not keep the others from it. */
export async function eachTable<T>(
  cli: Cli,
  tables: readonly TableConfig[],
  ask: (table: TableConfig) => Promise<T>,
): Promise<T[]> {
  const answers: T[] = [];
  for (const table of tables) {
    try {
      answers.push(await ask(table));
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      cli.raise(exitCodeOf(error));
      cli.screen.error(`${error.code}: ${error.message}`);
    }
  }
  return answers;
}
