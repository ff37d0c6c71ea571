import type { ChangeColumns } from '../config/config.ts';
import { CHANGE_COLUMN_DEFAULTS } from '../config/defaults.ts';
import { duckdbDialect } from '../engines/duckdb/dialect.ts';

const { quoteIdentifier, stringLiteral } = duckdbDialect;

/** A column of a change file. */
export interface FileField {
  readonly name: string;
  /** The DuckDB type whose parquet form is wanted. */
  readonly type: string;
}

/** The values of one row of a change file, in the order of its fields. Text that casts to the type; binary is hex. */
export type FileCells = readonly (string | null)[];

/**
 * The fields of a change file in their order: operation, columns of the source, commit time as text, change sequence,
 * the old value of each key. Throws `RangeError` for a key that is none of the columns.
 */
export function dmsFields(
  columns: readonly FileField[],
  keys: readonly string[],
  names: ChangeColumns = CHANGE_COLUMN_DEFAULTS,
): FileField[] {
  const typeOf = (key: string): string => {
    const column = columns.find(({ name }) => name === key);
    if (!column) throw new RangeError(`key ${key} is not one of the columns`);
    return column.type;
  };
  return [
    { name: names.op, type: 'varchar' },
    ...columns,
    { name: names.commitTime, type: 'varchar' },
    { name: names.changeSeq, type: 'varchar' },
    ...keys.map((key) => ({ name: names.beforeImagePrefix + key, type: typeOf(key) })),
  ];
}

/** DMS writes the commit time as text with a blank in it and without a zone. */
export function commitText(instant: string): string {
  return instant.replace('T', ' ').replace('Z', '');
}

/** Names of the columns of a relation that holds cells as text: `c0`, `c1`, … */
export function cellNames(fields: readonly FileField[]): string[] {
  return fields.map((_, i) => `c${i}`);
}

/**
 * The DuckDB statement that writes the rows of a relation as a change file.
 *
 * @param from what to put after `from`: has the columns of `cellNames`, all text
 */
export function renderCopy(path: string, fields: readonly FileField[], from: string): string {
  const select = fields.map(({ name, type }, i) => {
    const cast = type === 'blob' ? `unhex(c${i})` : `cast(c${i} as ${type})`;
    return `  ${cast} as ${quoteIdentifier(name)}`;
  });
  return [
    'copy (',
    `select\n${select.join(',\n')}`,
    `from ${from}`,
    'where c0 is not null',
    `) to ${stringLiteral(path)} (format parquet, compression gzip)`,
  ].join('\n');
}
