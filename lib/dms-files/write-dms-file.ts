import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ChangeColumns } from '../config/config.ts';
import { CHANGE_COLUMN_DEFAULTS } from '../config/defaults.ts';
import { duckdbDialect } from '../engines/duckdb/dialect.ts';
import type { SqlSession } from '../ports.ts';
import type { DmsRow, SourceTable } from './dms-file.ts';
import { parquetType } from './parquet-type.ts';

const { quoteIdentifier, stringLiteral } = duckdbDialect;

interface FileColumn {
  readonly name: string;
  readonly type: string;
  readonly read: (row: DmsRow) => string | null;
}

/** DMS writes the commit time as text with a blank in it and without a zone. */
const commitText = (instant: string): string => instant.replace('T', ' ').replace('Z', '');

function fileColumns(table: SourceTable, names: ChangeColumns): FileColumn[] {
  const typeOf = (key: string): string => {
    const column = table.columns.find(({ name }) => name === key);
    if (!column) throw new RangeError(`table ${table.name}: key ${key} is not one of its columns`);
    return parquetType(column.sqlType);
  };
  return [
    { name: names.op, type: 'varchar', read: (row) => row.op },
    ...table.columns.map(({ name, sqlType }) => ({
      name,
      type: parquetType(sqlType),
      read: (row: DmsRow) => row.values[name] ?? null,
    })),
    { name: names.commitTime, type: 'varchar', read: (row) => commitText(row.committedAt) },
    { name: names.changeSeq, type: 'varchar', read: (row) => row.changeSeq },
    ...table.keys.map((key) => ({
      name: names.beforeImagePrefix + key,
      type: typeOf(key),
      read: (row: DmsRow) => row.oldKey?.[key] ?? null,
    })),
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
  const columns = fileColumns(table, names);
  const value = (text: string | null): string => (text === null ? 'null' : stringLiteral(text));
  const select = columns.map(({ name, type }, i) => {
    const cast = type === 'blob' ? `unhex(c${i})` : `cast(c${i} as ${type})`;
    return `  ${cast} as ${quoteIdentifier(name)}`;
  });
  const aliases = columns.map((_, i) => `c${i}`).join(', ');
  const none = columns.map(() => 'cast(null as varchar)').join(', ');
  // The row of nulls makes every column text, and a file without rows possible.
  const tuples = [none, ...rows.map((row) => columns.map(({ read }) => value(read(row))).join(', '))];
  return [
    'copy (',
    `select\n${select.join(',\n')}`,
    `from (values\n${tuples.map((tuple) => `  (${tuple})`).join(',\n')}\n) as rows(${aliases})`,
    'where c0 is not null',
    `) to ${stringLiteral(path)} (format parquet, compression gzip)`,
  ].join('\n');
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
