import { foldColumnName } from '../changes/column-name.ts';
import type { TableConfig } from '../config/config.ts';
import { dmsFields, type FileCells, type FileField } from '../dms-files/file-fields.ts';
import { TerminalError } from '../errors.ts';
import { type Domains, type SourceType, sourceType, type TypeName } from './source-type.ts';

/** A column of a source table. */
export interface SourceColumn {
  readonly name: string;
  readonly type: TypeName;
}

/** A row as the server sent it: text by column; `undefined` where it sent nothing. */
export type SourceRow = Readonly<Record<string, string | null | undefined>>;

interface FittedColumn extends SourceType {
  readonly source: string;
}

/** How the rows of a table become rows of its files, for as long as its columns stay as they are. */
export interface TableLayout {
  readonly table: TableConfig;
  readonly fields: readonly FileField[];
  readonly columns: readonly FittedColumn[];
  readonly keys: readonly FittedColumn[];
}

/** The rows of one table that go into one file. */
export interface FileRow {
  readonly op: 'I' | 'U' | 'D';
  readonly values: SourceRow;
  readonly oldKey: SourceRow | null;
  /** As the file has it. */
  readonly commitText: string;
  readonly changeSeq: string | null;
}

/** True for a column that the configuration wants in the files. */
export function isCopied({ excludeColumns }: TableConfig, column: string): boolean {
  return !excludeColumns.includes(column);
}

/** The name of a source column in the files. */
export function columnInFile({ columnNames }: TableConfig, column: string): string {
  return columnNames === 'lower' ? column.toLowerCase() : column;
}

/** The source column that a configured key is, or undefined. */
export function findKey<T extends { readonly name: string }>(
  table: TableConfig,
  columns: readonly T[],
  key: string,
): T | undefined {
  const exact = columns.find(({ name }) => columnInFile(table, name) === key);
  return exact ?? columns.find(({ name }) => foldColumnName(name) === foldColumnName(key));
}

/** Throws `TerminalError` CAPTURE_KEY_MISSING when a key of the configuration is no column any more. */
export function tableLayout(
  table: TableConfig,
  sourceColumns: readonly SourceColumn[],
  domains: Domains,
): TableLayout {
  const copied = sourceColumns.filter(({ name }) => isCopied(table, name));
  const fitted = (column: SourceColumn): FittedColumn => ({
    source: column.name,
    ...sourceType(column.type, domains),
  });
  const keys = table.keys.map((key) => findKey(table, copied, key) ?? keyMissing(table, key));
  const fields = copied.map((column) => ({
    name: columnInFile(table, column.name),
    type: fitted(column).file,
  }));
  return {
    table,
    fields: dmsFields(
      fields,
      keys.map(({ name }) => columnInFile(table, name)),
      table.changeColumns,
    ),
    columns: copied.map(fitted),
    keys: keys.map(fitted),
  };
}

/** True when files of both look the same. */
export function sameLayout(a: TableLayout, b: TableLayout): boolean {
  return JSON.stringify([a.fields, a.columns, a.keys]) === JSON.stringify([b.fields, b.columns, b.keys]);
}

/**
 * The cells of a row, in the order of the layout's fields. A value that the server left out of the log, because it is
 * large and did not change, throws `TerminalError` CAPTURE_VALUE_OMITTED; a delete may lack all but the key.
 *
 * @param lossy told of each column whose value the file's type could not hold as it is
 */
export function toCells(layout: TableLayout, row: FileRow, lossy: (column: string) => void): FileCells {
  const cells: (string | null)[] = [row.op];
  for (const column of layout.columns) {
    const text = row.values[column.source];
    if (text === undefined && row.op !== 'D') valueOmitted(layout.table, column.source);
    cells.push(fitted(column, text, lossy));
  }
  cells.push(row.commitText, row.changeSeq);
  for (const key of layout.keys) cells.push(fitted(key, row.oldKey?.[key.source], () => {}));
  return cells;
}

function fitted(
  { source, fit }: FittedColumn,
  text: string | null | undefined,
  lossy: (column: string) => void,
): string | null {
  if (text === null || text === undefined) return null;
  return fit ? fit(text, () => lossy(source)) : text;
}

function keyMissing(table: TableConfig, key: string): never {
  throw new TerminalError(
    'CAPTURE_KEY_MISSING',
    `Table ${table.name}: key column ${JSON.stringify(key)} is not in ${table.source} any more. Correct "keys" in the configuration, then start over: "tidemark dev capture --drop".`,
  );
}

function valueOmitted(table: TableConfig, column: string): never {
  throw new TerminalError(
    'CAPTURE_VALUE_OMITTED',
    `Table ${table.name}: the log of ${table.source} leaves out a large value of column ${JSON.stringify(column)} that did not change. Give the table REPLICA IDENTITY FULL, then start over: "tidemark dev capture --drop".`,
  );
}
