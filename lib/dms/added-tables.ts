import { MAX_RELOADED_TABLES, type TableName, type TableStatistics } from './dms-port.ts';
import type { Action, DesiredReplication } from './lifecycle-action.ts';

/**
 * What tables that were added to a running replication still need. DMS loads them by itself when it resumes; one that
 * its statistics show as followed but never loaded is loaded now. Without statistics of a table there is nothing to
 * judge by, so they are waited for. A replication of changes only loads nothing.
 */
export function nextForAdded(desired: DesiredReplication, statistics: readonly TableStatistics[]): Action {
  if (desired.migration === 'cdc') return { kind: 'done' };
  const states = desired.added.map((name) => ({ name, found: findTable(statistics, name) }));
  const absent = states.filter(({ found }) => found && hasState(found, 'Table does not exist'));
  if (absent.length > 0)
    return refuseAbsent(
      desired,
      absent.map(({ name }) => name),
    );
  const left = states.filter(({ found }) => found && isNotLoaded(found)).map(({ name }) => name);
  if (left.length > 0) return { kind: 'reload-tables', tables: left.slice(0, MAX_RELOADED_TABLES) };
  const unknown = states.filter(({ found }) => found === undefined);
  if (unknown.length === 0) return { kind: 'done' };
  return {
    kind: 'wait',
    seconds: 30,
    why: `DMS has no numbers yet of ${listTables(unknown.map(({ name }) => name))}`,
  };
}

/** True for a table whose changes are followed although no load of it ever began or ended. */
export function isNotLoaded(table: TableStatistics): boolean {
  const { loadStartedAt, loadEndedAt, reloaded, loadedRows } = table;
  if (!hasState(table, 'Table completed')) return false;
  return loadStartedAt === null && loadEndedAt === null && !reloaded && !loadedRows;
}

/** The statistics of a table, whose names DMS writes as the source does. */
export function findTable(
  statistics: readonly TableStatistics[],
  { schema, table }: TableName,
): TableStatistics | undefined {
  return statistics.find((other) => other.schema === schema && other.table === table);
}

function hasState({ state }: TableStatistics, wanted: string): boolean {
  return state.toLowerCase() === wanted.toLowerCase();
}

function refuseAbsent(desired: DesiredReplication, tables: readonly TableName[]): Action {
  const note = `Replication ${desired.label}: DMS does not find ${listTables(tables)} at the source.`;
  if (desired.lenient) return { kind: 'done', note };
  const way = 'Check `source` of the table, case included, and that the user of the secret may read it.';
  return { kind: 'fail', code: 'DMS_TABLE_MISSING', message: `${note} ${way}` };
}

function listTables(tables: readonly TableName[]): string {
  return tables.map(({ schema, table }) => `${schema}.${table}`).join(', ');
}
