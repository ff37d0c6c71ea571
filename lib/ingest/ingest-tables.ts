import type { TableConfig } from '../config/config.ts';
import type { IngestDeps, IngestOptions } from './ingest-deps.ts';
import { ingestTable } from './ingest-table.ts';
import type { TableReport } from './report.ts';

/**
 * Ingests tables one after the other; a table that fails never stops the next. One report per table, in order; a table
 * whose turn comes when no batch may start any more is left alone and has none.
 */
export async function ingestTables(
  tables: readonly TableConfig[],
  depsOf: (table: TableConfig) => IngestDeps,
  options: IngestOptions = {},
): Promise<TableReport[]> {
  const reports: TableReport[] = [];
  for (const table of tables) {
    if (options.mayStartBatch && !options.mayStartBatch()) break;
    reports.push(await ingestTable(depsOf(table), options));
  }
  return reports;
}
