import { repeatedNames } from './names.ts';

/** Why capture could not follow a table, whatever its key. */
export type TableObstacle = keyof typeof OBSTACLES;

const OBSTACLES = {
  partitioned: 'it is partitioned; name its partitions instead, if each is to have a history',
  unlogged: 'it is unlogged, so its changes are not in the log',
  unreadable: 'this user may not read it',
} as const;

/** A table of a source, as its catalog has it. */
export interface FoundTable {
  readonly schema: string;
  readonly table: string;
  /** Columns of the primary key, in its order; empty where there is none. */
  readonly keys: readonly string[];
  readonly obstacle: TableObstacle | null;
  /** Types of columns that change files have as text only, by column. */
  readonly columns: Readonly<Record<string, 'boolean' | 'uuid' | 'json'>>;
}

/**
 * The `tables:` of a configuration, in YAML: every change of each is kept. Tables are named as at the source; where two
 * schemas have one name, with the schema before it. One that cannot be written, or could not be captured, is told in
 * a comment with the reason.
 */
export function initTables(found: readonly FoundTable[]): string {
  const usable = found.filter((table) => whyLeftOut(table) === null);
  const names = tableNames(usable);
  const lines = usable.map((table, i) => renderTable(table, names[i] ?? ''));
  const left = found.map(renderLeftOut);
  return `# history: every-change keeps every change; last-change, of each batch the last one of each key.
tables:${lines.length === 0 ? ' []' : ''}
${[...lines, ...left].join('')}`;
}

function renderTable({ schema, table, keys, columns }: FoundTable, name: string): string {
  const contract = Object.entries(columns).map(([column, type]) => `${text(column)}: ${type}`);
  return `  - name: ${text(name)}
    source: ${text(`${schema}.${table}`)}
    keys: [${keys.map(text).join(', ')}]
    history: every-change
${contract.length === 0 ? '' : `    columns: {${contract.join(', ')}}\n`}`;
}

function renderLeftOut(found: FoundTable): string {
  const why = whyLeftOut(found);
  return why === null ? '' : `  # Left out: ${JSON.stringify(`${found.schema}.${found.table}`)}, ${why}.\n`;
}

/** Why a table is not written, or null. */
export function whyLeftOut({ table, keys, obstacle }: FoundTable): string | null {
  if (obstacle !== null) return OBSTACLES[obstacle];
  if (keys.length === 0) return 'it has no primary key';
  return table.includes('.') ? 'there is a dot in its name' : null;
}

/** Names that differ and can be folders. */
function tableNames(tables: readonly FoundTable[]): string[] {
  const plain = tables.map(({ table }) => folderName(table));
  const repeated = new Set(repeatedNames(plain).flatMap(({ index, first }) => [index, first]));
  return tables.map(({ schema, table }, i) => folderName(repeated.has(i) ? `${schema}_${table}` : table));
}

const folderName = (name: string): string => name.replaceAll(/[/\\]|\.\./g, '_');

/** Plain where YAML cannot mistake it for anything but text. */
function text(value: string): string {
  const isPlain = /^[a-z_][a-z0-9_.]*$/i.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}
