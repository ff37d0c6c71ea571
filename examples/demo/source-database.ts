import { cdcFileName, changeSequence, loadFileName } from '../../lib/dms-files/file-names.ts';
import type { DmsRow, SourceColumn, SourceTable, SourceValues } from '../../lib/dms-files/dms-file.ts';
import { addSeconds } from '../../lib/instant.ts';

/** A change file as the capture cut it: its table as it was then, its name and its rows. */
export interface CutFile {
  readonly table: SourceTable;
  readonly name: string;
  readonly rows: readonly DmsRow[];
}

/** The rows of every table, by the table's name. */
export type DatabaseState = ReadonlyMap<string, readonly SourceValues[]>;

/** What a transaction can do. A missing or a second row of a key throws: the story is wrong then. */
export interface Transaction {
  insert(table: string, row: SourceValues): void;
  /** The row of `key` gets these values; a key column among them changes the key. */
  update(table: string, key: SourceValues, set: SourceValues): void;
  delete(table: string, key: SourceValues): void;
}

/** A database in memory with a log of its transactions, from which change files are cut as DMS cuts them. */
export interface SourceDatabase {
  /** Where its clock stands. */
  now(): string;
  /** Lets time pass. */
  wait(seconds: number): void;
  /** Puts a row there that was there before the capture began. */
  preload(table: string, row: SourceValues): void;
  /** Runs `work` as one commit, at the clock's time. */
  transaction(work: (tx: Transaction) => void): void;
  addColumn(table: string, column: SourceColumn): void;
  /** The tables as they are defined now. */
  tables(): readonly SourceTable[];
  rows(table: string): readonly SourceValues[];
  /** Every row as it is now; later changes leave it alone. */
  state(): DatabaseState;
  /** All rows of all tables, as inserts at the clock's time, one file a table. */
  fullLoad(): readonly CutFile[];
  /** The changes since the last cut, one file for each table that has any, named after the clock's time. */
  cut(): readonly CutFile[];
}

interface Held {
  table: SourceTable;
  readonly rows: Map<string, SourceValues>;
  log: DmsRow[];
}

const keyOf = (table: SourceTable, row: SourceValues): SourceValues =>
  Object.fromEntries(table.keys.map((key) => [key, row[key] ?? null]));
const idOf = (table: SourceTable, row: SourceValues): string => JSON.stringify(keyOf(table, row));

/** An empty database whose clock starts at `startsAt` and moves only when told to. */
export function createSourceDatabase(tables: readonly SourceTable[], startsAt: string): SourceDatabase {
  const held = new Map(
    tables.map((table): [string, Held] => [table.name, { table, rows: new Map(), log: [] }]),
  );
  const find = (name: string): Held => held.get(name)!;
  let now = startsAt;
  let counter = 0n;

  return {
    now: () => now,
    wait(seconds) {
      now = addSeconds(now, seconds);
    },
    preload: (name, row) => put(find(name), row),
    transaction(work) {
      work(createTransaction(find, now, () => changeSequence(now, ++counter)));
    },
    addColumn(name, column) {
      const one = find(name);
      one.table = { ...one.table, columns: [...one.table.columns, column] };
    },
    tables: () => [...held.values()].map(({ table }) => table),
    rows: (name) => [...find(name).rows.values()],
    state: () => new Map([...held.values()].map(({ table, rows }) => [table.name, wholeRows(table, rows)])),
    fullLoad: () =>
      [...held.values()].map(({ table, rows }) => ({
        table,
        name: loadFileName(1),
        rows: [...rows.values()].map((values) => loadedRow(values, now)),
      })),
    cut: () =>
      [...held.values()].flatMap((one) => {
        const rows = one.log;
        one.log = [];
        return rows.length === 0 ? [] : [{ table: one.table, name: cdcFileName(now), rows }];
      }),
  };
}

const loadedRow = (values: SourceValues, committedAt: string): DmsRow => ({
  op: 'I',
  values,
  oldKey: null,
  committedAt,
  changeSeq: null,
});

const wholeRows = (table: SourceTable, rows: ReadonlyMap<string, SourceValues>): SourceValues[] =>
  [...rows.values()].map((row) =>
    Object.fromEntries(table.columns.map(({ name }) => [name, row[name] ?? null])),
  );

function createTransaction(
  find: (name: string) => Held,
  committedAt: string,
  sequence: () => string,
): Transaction {
  const log = (one: Held, change: Pick<DmsRow, 'op' | 'values' | 'oldKey'>): void => {
    one.log.push({ ...change, committedAt, changeSeq: sequence() });
  };
  return {
    insert(name, row) {
      const one = find(name);
      put(one, row);
      log(one, { op: 'I', values: row, oldKey: null });
    },
    update(name, key, set) {
      const one = find(name);
      const values = { ...take(one, key), ...set };
      put(one, values);
      log(one, { op: 'U', values, oldKey: key });
    },
    delete(name, key) {
      const one = find(name);
      take(one, key);
      // This source logs no more of a deleted row than its key.
      log(one, { op: 'D', values: key, oldKey: null });
    },
  };
}

function put({ table, rows }: Held, row: SourceValues): void {
  const id = idOf(table, row);
  if (rows.has(id)) throw new Error(`${table.name} has a row ${id} already`);
  rows.set(id, row);
}

function take({ table, rows }: Held, key: SourceValues): SourceValues {
  const id = idOf(table, key);
  const row = rows.get(id);
  if (!row) throw new Error(`${table.name} has no row ${id}`);
  rows.delete(id);
  return row;
}
