import { TerminalError } from '../errors.ts';
import { quote } from '../config/problem.ts';
import type { SourceTable } from './source.ts';

/** How one SQL language writes names and texts. All SQL of this room goes through one of these. */
export interface Quoting {
  /** Throws `TerminalError` NAME_UNUSABLE for a name that the language cannot say. */
  name(name: string): string;
  literal(text: string): string;
}

/** SQL Server. */
export const tsql: Quoting = {
  name: (name) => `[${usable(name).replaceAll(']', ']]')}]`,
  literal: (text) => `N'${usable(text).replaceAll("'", "''")}'`,
};

export const pgsql: Quoting = {
  name: (name) => `"${usable(name).replaceAll('"', '""')}"`,
  // With a backslash in it, the form whose meaning no setting of the server changes.
  literal: (text) => {
    const escaped = usable(text).replaceAll("'", "''").replaceAll('\\', '\\\\');
    return text.includes('\\') ? `E'${escaped}'` : `'${escaped}'`;
  },
};

/** The body of a block of PostgreSQL, between marks that do not occur in it. */
export function dollarQuoted(body: string): string {
  let mark = '$sql$';
  for (let n = 1; body.includes(mark); n += 1) mark = `$sql${n}$`;
  return `${mark}\n${body}\n${mark}`;
}

/** MySQL and MariaDB. A doubled backslash leaves quotes paired whatever `sql_mode` says. */
export const mysql: Quoting = {
  name: (name) => `\`${usable(name).replaceAll('`', '``')}\``,
  literal: (text) => `'${usable(text).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
};

/** Oracle, whose names cannot hold a double quote however it is written. */
export const plsql: Quoting = {
  name: (name) => {
    if (name.includes('"')) refuse(name, 'has a double quote in it, which no name in Oracle can have');
    return `"${usable(name)}"`;
  },
  literal: (text) => `'${usable(text).replaceAll("'", "''")}'`,
};

/** A table by schema and name. */
export function tableName(quoting: Quoting, { schema, table }: SourceTable): string {
  return `${quoting.name(schema)}.${quoting.name(table)}`;
}

function usable(text: string): string {
  if (text === '') refuse(text, 'is empty');
  if (text.includes('\0')) refuse(text, 'has a NUL character in it');
  return text;
}

function refuse(name: string, problem: string): never {
  throw new TerminalError(
    'NAME_UNUSABLE',
    `The name ${quote(name)} ${problem}. Correct it in the configuration.`,
  );
}
