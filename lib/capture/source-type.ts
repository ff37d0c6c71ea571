import type { FileField } from '../dms-files/file-fields.ts';
import {
  type Fit,
  fitBoolean,
  fitBytes,
  fitDate,
  fitDecimal,
  fitMoney,
  fitTime,
  fitTimestamp,
} from './fit-value.ts';

/** How values of a PostgreSQL type get into a change file. @see docs/capture.md */
export interface SourceType {
  /** The DuckDB type whose parquet form the file has. */
  readonly file: FileField['type'];
  /** Makes the server's text the file's; absent where it is the same. */
  readonly fit?: Fit;
}

/** A column's type as the server names it. */
export interface TypeName {
  readonly oid: number;
  /** Length or precision and scale, packed as the type likes; -1 for none. */
  readonly modifier: number;
}

/** Domains by their oid: the type each is made of. */
export type Domains = ReadonlyMap<number, TypeName>;

/** Oids of `pg_type`, which are the same in every server. */
const OID = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  float4: 700,
  float8: 701,
  money: 790,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
} as const;

const TEXT: SourceType = { file: 'varchar' };

const TYPES: ReadonlyMap<number, SourceType> = new Map([
  [OID.bool, { file: 'varchar', fit: fitBoolean }],
  [OID.bytea, { file: 'blob', fit: fitBytes }],
  [OID.int2, { file: 'smallint' }],
  [OID.int4, { file: 'integer' }],
  [OID.int8, { file: 'bigint' }],
  [OID.float4, { file: 'float' }],
  [OID.float8, { file: 'double' }],
  [OID.money, { file: 'decimal(38, 4)', fit: fitMoney }],
  [OID.date, { file: 'date', fit: fitDate }],
  [OID.time, { file: 'time', fit: fitTime }],
  [OID.timestamp, { file: 'timestamp', fit: fitTimestamp }],
  [OID.timestamptz, { file: 'timestamptz', fit: fitTimestamp }],
]);

/** The type of a column's values in a file; what the table of types does not name is text. */
export function sourceType(type: TypeName, domains: Domains): SourceType {
  const { oid, modifier } = underlying(type, domains);
  return oid === OID.numeric ? numericType(modifier) : (TYPES.get(oid) ?? TEXT);
}

function underlying(type: TypeName, domains: Domains): TypeName {
  const base = domains.get(type.oid);
  if (!base) return type;
  return underlying({ oid: base.oid, modifier: type.modifier < 0 ? base.modifier : type.modifier }, domains);
}

const MAX_PRECISION = 38;

/** What DMS gives a numeric without a precision. */
const UNBOUNDED = { precision: 28, scale: 6 };

function numericType(modifier: number): SourceType {
  const { precision, scale } = modifier < 0 ? UNBOUNDED : declaredDigits(modifier);
  if (precision > MAX_PRECISION) return TEXT;
  return { file: `decimal(${precision}, ${scale})`, fit: fitDecimal(precision, scale) };
}

/** Digits of a file's decimal that hold every value of `numeric(p,s)`, whose scale may be negative or above p. */
function declaredDigits(modifier: number): { precision: number; scale: number } {
  const precision = ((modifier - 4) >> 16) & 0xffff;
  const scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024;
  if (scale < 0) return { precision: precision - scale, scale: 0 };
  return { precision: Math.max(precision, scale), scale };
}
