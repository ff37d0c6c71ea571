import { foldName, repeatedNames } from './names.ts';
import { type Finding, quote } from './problem.ts';

/** Names beginning so are ours, for the ledger; with more underscores, for staging. */
const RESERVED_PREFIX = '_tidemark_';
const RESERVED = /^_+tidemark_/;

/** A table name and its position in `tables`. */
export interface NamedTable {
  readonly index: number;
  readonly name: string;
}

/** Names that would meet as a table, a view or a folder, on an engine or disk that ignores case. */
export function checkTableNames(tables: readonly NamedTable[]): Finding[] {
  const findings: Finding[] = [];
  const add = (table: NamedTable, message: string, hint: string) =>
    findings.push({ path: ['tables', table.index, 'name'], message, hint });

  for (const { index, first } of repeatedNames(tables.map(({ name }) => name))) {
    const [again, before] = [tables[index], tables[first]];
    if (!again || !before) continue;
    const other = `${quote(before.name)} of tables[${before.index}]`;
    add(again, `${quote(again.name)} repeats ${other}`, 'Rename one: case does not tell tables apart.');
  }
  const byName = new Map(tables.map((table) => [foldName(table.name), table]));
  for (const table of tables) {
    if (RESERVED.test(foldName(table.name))) {
      add(table, `begins with ${RESERVED_PREFIX}, which is reserved`, 'Choose another name.');
    }
    const owner = foldName(table.name).endsWith('_versions')
      ? byName.get(foldName(table.name).slice(0, -'_versions'.length))
      : undefined;
    if (owner) {
      const message = `${quote(table.name)} is also the name of the view of table ${quote(owner.name)}`;
      add(table, message, 'Rename one of the two tables.');
    }
  }
  return findings;
}
