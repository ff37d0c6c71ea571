import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ChangeColumns } from '../config/config.ts';
import { CHANGE_COLUMN_DEFAULTS } from '../config/defaults.ts';
import { duckdbDialect } from '../engines/duckdb/dialect.ts';
import type { SqlSession } from '../ports.ts';
import type { DmsRow, SourceTable } from './dms-file.ts';
import { cellNames, commitText, dmsFields, type FileCells, renderCopy } from './file-fields.ts';
import { parquetType } from './parquet-type.ts';

const { stringLiteral } = duckdbDialect;

function cellsOf(table: SourceTable, row: DmsRow): FileCells {
  return [
    row.op,
    ...table.columns.map(({ name }) => row.values[name] ?? null),
    commitText(row.committedAt),
    row.changeSeq,
    ...table.keys.map((key) => row.oldKey?.[key] ?? null),
  ];
}

/**
 * The DuckDB statement that writes rows as a change file: operation, columns in the order of the source, commit time
 * as text, change sequence, the old value of each key column.
 */
export function renderDmsFile(
  path: string,
  table: SourceTable,
  rows: readonly DmsRow[],
  names: ChangeColumns = CHANGE_COLUMN_DEFAULTS,
): string {
  const columns = table.columns.map(({ name, sqlType }) => ({ name, type: parquetType(sqlType) }));
  const fields = dmsFields(columns, table.keys, names);
  const value = (text: string | null): string => (text === null ? 'null' : stringLiteral(text));
  const none = fields.map(() => 'cast(null as varchar)').join(', ');
  // The row of nulls makes every column text, and a file without rows possible.
  const tuples = [none, ...rows.map((row) => cellsOf(table, row).map(value).join(', '))];
  const values = tuples.map((tuple) => `  (${tuple})`).join(',\n');
  return renderCopy(path, fields, `(values\n${values}\n) as rows(${cellNames(fields).join(', ')})`);
}

/**
 * Writes a change file as DMS would, its folder made if absent, a file of that name replaced. Like an object put to
 * S3, it is there whole or not at all. `session` is any DuckDB session; nothing is left in it.
 */
export async function writeDmsFile(
  session: SqlSession,
  path: string,
  table: SourceTable,
  rows: readonly DmsRow[],
  names: ChangeColumns = CHANGE_COLUMN_DEFAULTS,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const hidden = join(dirname(path), `.${basename(path)}.part`);
  await session.execute(renderDmsFile(hidden, table, rows, names));
  await rename(hidden, path);
}
