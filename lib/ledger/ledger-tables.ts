import type { Column, ColumnType } from '../config/column-type.ts';
import type { Dialect, TableRef } from '../ports.ts';

const text: ColumnType = { kind: 'string' };
const int: ColumnType = { kind: 'int', bits: 64 };
const instant: ColumnType = { kind: 'timestamptz' };
const flag: ColumnType = { kind: 'boolean' };

/** A bookkeeping table beside the histories. */
export interface LedgerTable {
  readonly name: string;
  readonly comment: string;
  readonly columns: readonly Column[];
}

const table = (
  name: string,
  comment: string,
  columns: Readonly<Record<string, ColumnType>>,
): LedgerTable => ({
  name,
  comment: `Tidemark: ${comment}`,
  columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })),
});

/** One row per table, updated as seldom as can be: who may write now, and what the history stands under. */
export const HEADS = table('_tidemark_heads', 'who may write each table now', {
  table_name: text,
  history_id: text,
  /** Settings that a history cannot change under way, as they were at its first batch. */
  settings: text,
  /** Fingerprint of the `_versions` view as it was last made. */
  view: text,
  fence: int,
  owner: text,
  expires_at: instant,
});

/**
 * Append-only: a `started` row before a batch is applied, an `applied` row with it, a `timed-out` or `abandoned` row when
 * it came to nothing, a `released` row when a worker gives its claim back, an `exported` row when an export has sent
 * everything up to a batch; its `kind` is then the export's name.
 */
export const BATCHES = table('_tidemark_batches', 'batches begun and applied', {
  table_name: text,
  batch_id: int,
  status: text,
  kind: text,
  fence: int,
  /** Of a `started` row: its files, as JSON. More files than fit one row make more rows. */
  taken: text,
  files: int,
  bytes: int,
  rows: int,
  opened: int,
  closed: int,
  updated: int,
  tombstones: int,
  unchanged: int,
  stale: int,
  ambiguous: int,
  first_commit: instant,
  last_commit: instant,
  reload_instant: instant,
  recorded_at: instant,
});

/** Append-only: what became of each file, by path, version and load generation. */
export const FILES = table('_tidemark_files', 'what became of each change file', {
  table_name: text,
  path: text,
  version: text,
  generation: int,
  status: text,
  batch_id: int,
  full_load: flag,
  size: int,
  rows: int,
  first_commit: instant,
  last_commit: instant,
  arrived_at: instant,
  code: text,
  message: text,
  recorded_at: instant,
});

/** Append-only: reloads, from request to completion. */
export const GENERATIONS = table('_tidemark_generations', 'reloads', {
  table_name: text,
  generation: int,
  instant: instant,
  status: text,
  recorded_at: instant,
});

/** Append-only: keys erased on request, by hash, so that a rebuild does not bring them back. */
export const ERASURES = table('_tidemark_erasures', 'keys erased on request, by hash', {
  table_name: text,
  key_columns: text,
  key_hash: text,
  erased_at: instant,
});

export const LEDGER_TABLES: readonly LedgerTable[] = [HEADS, BATCHES, FILES, GENERATIONS, ERASURES];

/** A value for a ledger column; instants are `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
export type LedgerValue = string | number | bigint | boolean | null;

/** Where a ledger table is: beside the histories. */
export function ledgerRef(catalog: string, schema: string, ledgerTable: LedgerTable): TableRef {
  return { catalog, schema, name: ledgerTable.name };
}

/** SQL literal of a ledger value for a column of this type. */
export function renderValue(dialect: Dialect, type: ColumnType, value: LedgerValue): string {
  if (value === null) return `cast(null as ${dialect.columnType(type)})`;
  if (type.kind === 'timestamptz') return dialect.instantLiteral(String(value));
  if (type.kind === 'string') return dialect.stringLiteral(String(value));
  return `cast(${String(value)} as ${dialect.columnType(type)})`;
}

/** Creates a ledger table; one that exists stays as it is. */
export function renderCreateLedgerTable(dialect: Dialect, ref: TableRef, ledgerTable: LedgerTable): string {
  const { columns, comment } = ledgerTable;
  return dialect.createTable({ ref, columns, clusterBy: [], comment });
}

/** One insert of any number of rows; a column a row does not name is null. */
export function renderInsert(
  dialect: Dialect,
  ref: TableRef,
  ledgerTable: LedgerTable,
  rows: readonly Readonly<Record<string, LedgerValue>>[],
): string {
  const names = ledgerTable.columns.map((c) => dialect.quoteIdentifier(c.name)).join(', ');
  const values = rows.map(
    (row) =>
      `(${ledgerTable.columns.map((c) => renderValue(dialect, c.type, row[c.name] ?? null)).join(', ')})`,
  );
  return `insert into ${dialect.tableName(ref)} (${names})\nvalues\n  ${values.join(',\n  ')}`;
}

/** `select` of named columns as canonical text. */
export function renderSelect(
  dialect: Dialect,
  ref: TableRef,
  ledgerTable: LedgerTable,
  names: readonly string[],
  tail: string,
): string {
  const columns = names.map((name) => {
    const column = ledgerTable.columns.find((c) => c.name === name)!;
    return dialect.toText(dialect.quoteIdentifier(name), column.type);
  });
  return `select ${columns.join(', ')}\nfrom ${dialect.tableName(ref)}\n${tail}`;
}
