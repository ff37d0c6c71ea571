import { type ColumnType, parseColumnType } from '../../config/column-type.ts';

const NAMES: Readonly<Record<string, string>> = {
  float: 'float',
  double: 'double',
  boolean: 'boolean',
  date: 'date',
  time: 'string',
  timestamp: 'timestamp_ntz',
  timestamptz: 'timestamp',
  string: 'string',
  uuid: 'string',
  json: 'string',
  binary: 'binary',
};

const INTEGERS = { 8: 'tinyint', 16: 'smallint', 32: 'int', 64: 'bigint' } as const;

/** The Spark SQL type that stores a logical type, as `describe` prints it. */
export function databricksType(type: ColumnType): string {
  if (type.kind === 'int') return INTEGERS[type.bits];
  if (type.kind === 'decimal') return `decimal(${type.precision},${type.scale})`;
  return NAMES[type.kind]!;
}

/** What the server calls otherwise than people do: its `timestamp` is an instant. */
const OWN_NAMES: Readonly<Record<string, ColumnType>> = {
  timestamp: { kind: 'timestamptz' },
  timestamp_ltz: { kind: 'timestamptz' },
  timestamp_ntz: { kind: 'timestamp' },
  byte: { kind: 'int', bits: 8 },
  short: { kind: 'int', bits: 16 },
  long: { kind: 'int', bits: 64 },
};

/** Of `parseColumnType`'s names, those that the server does not have or means otherwise. */
const FOREIGN = /^(time|uuid|json|jsonb|text|varchar|bytea|timestamptz)\b/;

/** The logical type of a column as `describe` prints it, or null for one that no history column of ours has. */
export function parseDatabricksType(text: string): ColumnType | null {
  const name = text.trim().toLowerCase();
  if (Object.hasOwn(OWN_NAMES, name)) return OWN_NAMES[name]!;
  return FOREIGN.test(name) ? null : parseColumnType(name);
}
