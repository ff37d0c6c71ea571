import type { TableConfig } from '../config/config.ts';
import { TerminalError } from '../errors.ts';
import type { CatalogTable, SourceServer } from './read-source.ts';
import { relationId, relationName, relationOf } from './relation.ts';
import { findKey, isCopied } from './table-layout.ts';

/**
 * Refuses a source whose changes could not be captured whole: throws one `TerminalError` CAPTURE_REFUSED that lists
 * every reason with its remedy. Must be asked before a publication is made, since a table in a publication that has no
 * replica identity refuses updates of everybody.
 */
export function assertSource(
  server: SourceServer,
  tables: readonly TableConfig[],
  found: readonly CatalogTable[],
): void {
  const byId = new Map(found.map((table) => [relationId(table), table]));
  assertNone([
    ...serverProblems(server),
    ...tables.flatMap((table) => tableProblems(table, byId.get(relationId(relationOf(table))))),
  ]);
}

/** The same for one table, as it is now. */
export function assertTable(table: TableConfig, found: CatalogTable): void {
  assertNone(tableProblems(table, found));
}

function assertNone(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const list = problems.map((problem) => `  ${problem}`).join('\n');
  throw new TerminalError('CAPTURE_REFUSED', `The source cannot be captured as it is:\n${list}`, {
    context: { problems: problems.length },
  });
}

function serverProblems({ walLevel, mayReplicate, isStandby }: SourceServer): string[] {
  return [
    walLevel === 'logical'
      ? ''
      : `wal_level is ${walLevel}. Run: alter system set wal_level = 'logical'; and restart the server.`,
    mayReplicate ? '' : 'The user may not read the log. Run as a superuser: alter user <name> replication;',
    isStandby ? 'The server is a standby. Connect to the one it follows.' : '',
  ].filter((problem) => problem !== '');
}

function tableProblems(table: TableConfig, found: CatalogTable | undefined): string[] {
  const about = `Table ${table.name}:`;
  const source = relationName(relationOf(table));
  if (!found) return [`${about} ${source} is not in the database. Correct "source" in the configuration.`];
  if (found.kind !== 'r')
    return [`${about} ${source} is no ordinary table. Take it out of the configuration.`];
  if (!found.isLogged)
    return [
      `${about} ${source} is unlogged, so its changes are not in the log. Run: alter table ${source} set logged;`,
    ];
  if (!found.mayRead) return [`${about} the user may not read it. Run: grant select on ${source} to <name>;`];
  const columns = found.columns.filter(({ name }) => isCopied(table, name));
  const keys = table.keys.map((key) => ({ key, column: findKey(table, columns, key) }));
  const missing = keys.filter(({ column }) => column === undefined).map(({ key }) => JSON.stringify(key));
  if (missing.length > 0) {
    return [`${about} key ${missing.join(', ')} is no column of ${source}. Correct "keys".`];
  }
  const reason = identityProblem(
    found,
    keys.map(({ column }) => column?.name ?? ''),
    columns,
  );
  if (found.hasVirtual && (found.identity === 'full' || reason !== null)) {
    return [`${about} ${virtualProblem(source, reason)}`];
  }
  return reason === null ? [] : [`${about} ${reason}. Run: alter table ${source} replica identity full;`];
}

/** Once such a table is published, nobody could update it any more. */
function virtualProblem(source: string, reason: string | null): string {
  const refused =
    'the server refuses updates of a table with virtual generated columns that has its whole rows in the log';
  return reason === null
    ? `${refused}. Run: alter table ${source} replica identity default;`
    : `${refused}, and ${reason}. Take it out of the configuration.`;
}

/** Why the log would not have what the files need of a row before its change, or null. */
function identityProblem(
  { identity, columns: all }: CatalogTable,
  keys: readonly string[],
  columns: CatalogTable['columns'],
): string | null {
  if (identity === 'full') return null;
  const identifying = all.filter(({ isIdentity }) => isIdentity).map(({ name }) => name);
  if (identifying.length === 0) return 'the log does not tell which row was changed';
  const unknown = keys.filter((key) => !identifying.includes(key));
  if (unknown.length > 0) return `the log has the old value of ${identifying.join(', ')} only`;
  const large = columns.filter(({ isToastable }) => isToastable).map(({ name }) => name);
  if (large.length === 0) return null;
  return `the log may leave out large values of ${large.join(', ')}`;
}
