import { createHash } from 'node:crypto';
import type pg from 'pg';
import { expectedText } from './expected-text.ts';
import { sourceName, type TruthTable } from './truth-tables.ts';

/** Rows of a table by their key, each value by its column. Large values are their hash. */
export type Rows = Readonly<Record<string, Readonly<Record<string, string | null>>>>;

/** Rows of every table by its name. */
export type State = Readonly<Record<string, Rows>>;

/** The rows a session sees, as the history should say them. */
export async function sourceState(session: pg.Client, tables: readonly TruthTable[]): Promise<State> {
  const state: Record<string, Rows> = {};
  for (const table of tables) state[table.name] = await sourceRows(session, table);
  return state;
}

async function sourceRows(session: pg.Client, table: TruthTable): Promise<Rows> {
  const columns = [...table.keys, ...table.values, ...(table.later ? [table.later] : [])];
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  // Without a cast: text of char(n) has no blanks, and of inet a length.
  const { rows } = await session.query<Record<string, string | null>>(`select * from ${sourceName(table)}`);
  const expected = (row: Record<string, string | null>) =>
    Object.fromEntries(
      Object.entries(row).map(([name, text]) => [name, expectedText(types.get(name)!, text)]),
    );
  return byKey(table, rows.map(expected));
}

/** Throws for two rows of one key. */
export function byKey(
  { name: table, keys }: TruthTable,
  rows: readonly Readonly<Record<string, string | null>>[],
): Rows {
  const found: Record<string, Record<string, string | null>> = {};
  for (const row of rows) {
    const key = JSON.stringify(keys.map(({ name }) => row[name]));
    if (found[key]) throw new Error(`${table} has two rows of key ${key}`);
    found[key] = Object.fromEntries(Object.entries(row).map(([name, text]) => [name, brief(text)]));
  }
  return found;
}

const LONG = 300;

function brief(text: string | null): string | null {
  if (text === null || text.length <= LONG) return text;
  return `${text.length} characters, ${createHash('sha256').update(text).digest('hex')}`;
}
