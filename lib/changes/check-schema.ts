import { type Column, formatColumnType, sameColumnType } from '../config/column-type.ts';
import type { TableConfig } from '../config/config.ts';
import type { FileRejection } from '../errors.ts';
import type { ChangeFile, FileColumn } from './change-file.ts';
import { checkRequiredColumns, formatFileType, quote, rejectColumns } from './check-columns.ts';
import { foldColumnName } from './column-name.ts';
import { type ColumnRoles, columnRoles } from './column-roles.ts';
import { isCastable, storageTypeOf, widerType } from './type-fit.ts';

/** One source column of a history, as it is or as it is about to be. */
export interface SchemaColumn extends Column {
  /** Its type comes from the table's contract: files are cast to it and never widen it. */
  readonly contract: boolean;
}

/** The source columns files are compared with. */
export interface SchemaState {
  readonly columns: readonly SchemaColumn[];
  /** No history table and no file accepted yet: the next file completes the schema, under `frozen` too. */
  readonly open: boolean;
}

export type SchemaVerdict =
  | { readonly ok: true; readonly columns: readonly SchemaColumn[] }
  | { readonly ok: false; readonly reason: FileRejection };

type Merge = { readonly column: SchemaColumn } | { readonly reason: FileRejection };

/**
 * Compares one file with the source columns so far. Accepted: the columns with what this file adds and widens.
 * Rejected: the first reason, one of UNSUPPORTED_TYPE, COLUMN_MISSING, COLUMN_TYPE_MISMATCH, COLUMN_NAME_RESERVED,
 * SCHEMA_FROZEN. Names are matched without case; the spelling already there wins.
 */
export function checkSchema(table: TableConfig, state: SchemaState, file: ChangeFile): SchemaVerdict {
  const roles = columnRoles(table, file.footer.columns);
  const required = checkRequiredColumns(table, file, roles);
  if (required) return { ok: false, reason: required };

  const bySource = new Map(roles.source.map((column) => [foldColumnName(column.name), column]));
  const columns: SchemaColumn[] = [];
  for (const column of state.columns) {
    const merge = mergeColumn(table, file, column, bySource.get(foldColumnName(column.name)));
    if ('reason' in merge) return { ok: false, reason: merge.reason };
    columns.push(merge.column);
  }
  const known = new Set(columns.map((column) => foldColumnName(column.name)));
  for (const column of roles.source) {
    if (known.has(foldColumnName(column.name))) continue;
    if (table.schemaEvolution === 'frozen' && !state.open) {
      return { ok: false, reason: frozen(table, file, columns, `has a new column ${quote(column.name)}`) };
    }
    columns.push({ name: column.name, type: storageTypeOf(column.type), contract: false });
  }
  const beforeImages = checkBeforeImages(table, file, roles, columns);
  return beforeImages ? { ok: false, reason: beforeImages } : { ok: true, columns };
}

function mergeColumn(table: TableConfig, file: ChangeFile, column: SchemaColumn, found?: FileColumn): Merge {
  const isFrozen = table.schemaEvolution === 'frozen';
  if (!found) {
    return isFrozen
      ? { reason: frozen(table, file, [column], `has no column ${quote(column.name)}`) }
      : { column };
  }
  if (column.contract)
    return isCastable(found.type, column.type)
      ? { column }
      : { reason: mismatch(table, file, column, found) };

  const current = storageTypeOf(column.type);
  const wider = widerType(current, storageTypeOf(found.type));
  if (!wider) return { reason: mismatch(table, file, column, found) };
  if (sameColumnType(wider, current)) return { column };
  const what = `has column ${quote(found.name)} as ${formatFileType(found.type)}, wider than ${formatColumnType(current)}`;
  return isFrozen ? { reason: frozen(table, file, [column], what) } : { column: { ...column, type: wider } };
}

function checkBeforeImages(
  table: TableConfig,
  file: ChangeFile,
  roles: ColumnRoles,
  columns: readonly SchemaColumn[],
): FileRejection | null {
  const types = new Map(columns.map((column) => [foldColumnName(column.name), column]));
  for (const [key, image] of roles.beforeImages) {
    const keyColumn = types.get(foldColumnName(key));
    if (keyColumn && !isCastable(image.type, keyColumn.type)) return mismatch(table, file, keyColumn, image);
  }
  return null;
}

function mismatch(table: TableConfig, file: ChangeFile, expected: Column, found: FileColumn): FileRejection {
  return rejectColumns(
    table,
    file,
    'COLUMN_TYPE_MISMATCH',
    `has column ${quote(found.name)} as ${formatFileType(found.type)}, which does not fit ${formatColumnType(expected.type)} ` +
      `of ${quote(expected.name)}`,
    'Correct the DMS mapping, or set the type under "columns" of the table and rebuild it',
    [`${expected.name} ${formatColumnType(expected.type)}`],
  );
}

function frozen(
  table: TableConfig,
  file: ChangeFile,
  expected: readonly Column[],
  what: string,
): FileRejection {
  return rejectColumns(
    table,
    file,
    'SCHEMA_FROZEN',
    `${what}, and the schema is frozen`,
    'Set "schemaEvolution: evolve" if the change is wanted, then release the file',
    expected.map((column) => `${column.name} ${formatColumnType(column.type)}`),
  );
}
