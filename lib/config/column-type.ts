/**
 * The logical type of a column, the same in every engine and target.
 *
 * - `timestamp` is a wall-clock time without a zone; `timestamptz` is an instant. Both have microseconds.
 * - `time` is kept as text `hh:mm:ss.ffffff`; `uuid` and `json` are kept as text by engines and become
 *   `uuid` and `jsonb` in a target that has them.
 */
export type ColumnType =
  | { readonly kind: 'int'; readonly bits: 8 | 16 | 32 | 64 }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: SimpleKind };

export type SimpleKind =
  | 'float'
  | 'double'
  | 'boolean'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'string'
  | 'uuid'
  | 'json'
  | 'binary';

/** A column of a history table or a target: its name as the source spells it, and its logical type. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

const SIMPLE: Readonly<Record<string, SimpleKind>> = {
  float: 'float',
  real: 'float',
  double: 'double',
  'double precision': 'double',
  boolean: 'boolean',
  bool: 'boolean',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  'timestamp with time zone': 'timestamptz',
  string: 'string',
  text: 'string',
  varchar: 'string',
  uuid: 'uuid',
  json: 'json',
  jsonb: 'json',
  binary: 'binary',
  bytea: 'binary',
};

const INTEGERS: Readonly<Record<string, 8 | 16 | 32 | 64>> = {
  int8: 8,
  tinyint: 8,
  int16: 16,
  smallint: 16,
  int32: 32,
  int: 32,
  integer: 32,
  int64: 64,
  bigint: 64,
};

/** Every spelling `parseColumnType` takes, for messages and completion. */
export const COLUMN_TYPE_NAMES: readonly string[] = [
  ...Object.keys(INTEGERS),
  ...Object.keys(SIMPLE),
  'decimal(p,s)',
  'numeric(p,s)',
];

/** Reads a type as a person writes it in a config (`bigint`, `decimal(18,4)`), or null if it names none. */
export function parseColumnType(text: string): ColumnType | null {
  const name = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const bits = Object.hasOwn(INTEGERS, name) ? INTEGERS[name] : undefined;
  if (bits) return { kind: 'int', bits };
  const simple = Object.hasOwn(SIMPLE, name) ? SIMPLE[name] : undefined;
  if (simple) return { kind: simple };
  const decimal = /^(?:decimal|numeric)\s*\(\s*(\d{1,2})\s*(?:,\s*(\d{1,2})\s*)?\)$/.exec(name);
  if (!decimal) return null;
  const precision = Number(decimal[1]);
  const scale = Number(decimal[2] ?? 0);
  return precision >= 1 && precision <= 38 && scale <= precision
    ? { kind: 'decimal', precision, scale }
    : null;
}

/** The canonical spelling of a type: `int64`, `decimal(18,4)`, `timestamptz`. */
export function formatColumnType(type: ColumnType): string {
  if (type.kind === 'int') return `int${type.bits}`;
  if (type.kind === 'decimal') return `decimal(${type.precision},${type.scale})`;
  return type.kind;
}

/** True when both are the very same logical type. */
export function sameColumnType(a: ColumnType, b: ColumnType): boolean {
  return formatColumnType(a) === formatColumnType(b);
}
