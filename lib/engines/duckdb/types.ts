import { type ColumnType, parseColumnType } from '../../config/column-type.ts';

const NAMES: Readonly<Record<string, string>> = {
  float: 'float',
  double: 'double',
  boolean: 'boolean',
  date: 'date',
  time: 'varchar',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  string: 'varchar',
  uuid: 'varchar',
  json: 'varchar',
  binary: 'blob',
};

const INTEGERS = { 8: 'tinyint', 16: 'smallint', 32: 'integer', 64: 'bigint' } as const;

/** The DuckDB type that stores a logical type. */
export function duckdbType(type: ColumnType): string {
  if (type.kind === 'int') return INTEGERS[type.bits];
  if (type.kind === 'decimal') return `decimal(${type.precision},${type.scale})`;
  return NAMES[type.kind]!;
}

/** The logical type of a DuckDB column, or null for one that no history column of ours has. */
export function parseDuckdbType(text: string): ColumnType | null {
  if (text.toLowerCase() === 'blob') return { kind: 'binary' };
  return parseColumnType(text);
}
