import type { SchemaElement } from 'hyparquet';
import type { FileType } from './change-file.ts';

type Physical = NonNullable<SchemaElement['type']>;
type Logical = NonNullable<SchemaElement['logical_type']>;
type Converted = NonNullable<SchemaElement['converted_type']>;

const BYTES: readonly Physical[] = ['BYTE_ARRAY'];
const INTEGERS: readonly Physical[] = ['INT32', 'INT64'];
const DECIMALS: readonly Physical[] = ['INT32', 'INT64', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'];

/** A type, and the physical types that may carry it. */
type Meaning = readonly [type: FileType, carriers: readonly Physical[]];

const PHYSICAL: Readonly<Record<Physical, FileType>> = {
  BOOLEAN: { kind: 'boolean' },
  INT32: { kind: 'int', bits: 32 },
  INT64: { kind: 'int', bits: 64 },
  INT96: { kind: 'timestamp' },
  FLOAT: { kind: 'float' },
  DOUBLE: { kind: 'double' },
  BYTE_ARRAY: { kind: 'binary' },
  FIXED_LEN_BYTE_ARRAY: { kind: 'binary' },
};

/** Annotations of older writers. `TIMESTAMP_*` means adjusted to UTC there, by the specification. */
const CONVERTED: Partial<Readonly<Record<Converted, Meaning>>> = {
  UTF8: [{ kind: 'string' }, BYTES],
  ENUM: [{ kind: 'string' }, BYTES],
  JSON: [{ kind: 'json' }, BYTES],
  DATE: [{ kind: 'date' }, ['INT32']],
  TIME_MILLIS: [{ kind: 'time' }, ['INT32']],
  TIME_MICROS: [{ kind: 'time' }, ['INT64']],
  TIMESTAMP_MILLIS: [{ kind: 'timestamptz' }, ['INT64']],
  TIMESTAMP_MICROS: [{ kind: 'timestamptz' }, ['INT64']],
  INT_8: [{ kind: 'int', bits: 8 }, ['INT32']],
  INT_16: [{ kind: 'int', bits: 16 }, ['INT32']],
  INT_32: [{ kind: 'int', bits: 32 }, ['INT32']],
  INT_64: [{ kind: 'int', bits: 64 }, ['INT64']],
  UINT_8: [{ kind: 'uint', bits: 8 }, ['INT32']],
  UINT_16: [{ kind: 'uint', bits: 16 }, ['INT32']],
  UINT_32: [{ kind: 'uint', bits: 32 }, ['INT32']],
  UINT_64: [{ kind: 'uint', bits: 64 }, ['INT64']],
};

/**
 * The type of a flat column as its footer declares it, or null if we have no name for it. The logical type wins over
 * the legacy converted type, since writers that know both put the nearest legacy one beside it (`TIMESTAMP_MICROS`
 * beside "not adjusted to UTC"). Digits below a microsecond are not kept.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 */
export function fileTypeOf(element: SchemaElement): FileType | null {
  const { type: physical, logical_type: logical, converted_type: converted } = element;
  if (!physical) return null;
  if (logical) {
    if (lacksTwin(logical, element)) return null;
    const meaning = meaningOfLogical(logical, element);
    return meaning && fits(meaning[1], physical) ? meaning[0] : null;
  }
  if (converted === 'DECIMAL') return decimal(element.precision, element.scale ?? 0, physical);
  if (converted) {
    const meaning = CONVERTED[converted];
    return meaning && fits(meaning[1], physical) ? meaning[0] : null;
  }
  return PHYSICAL[physical];
}

/**
 * The legacy annotation that has to stand beside a logical type, as the specification asks of writers. DuckDB reads
 * these by the legacy one alone: without it text comes out as bytes and a decimal as an unscaled integer, silently.
 */
function legacyTwin(logical: Logical): Converted | null {
  switch (logical.type) {
    case 'STRING':
      return 'UTF8';
    case 'ENUM':
    case 'JSON':
    case 'DATE':
    case 'DECIMAL':
      return logical.type;
    case 'INTEGER': {
      const bits = asBits(logical.bitWidth);
      if (bits === null || (logical.isSigned && bits >= 32)) return null;
      return `${logical.isSigned ? 'INT' : 'UINT'}_${bits}`;
    }
    default:
      return null;
  }
}

function lacksTwin(logical: Logical, element: SchemaElement): boolean {
  const twin = legacyTwin(logical);
  if (twin === null) return false;
  if (element.converted_type !== twin) return true;
  if (logical.type !== 'DECIMAL') return false;
  return element.precision !== logical.precision || (element.scale ?? 0) !== logical.scale;
}

/** What the footer says of a column, for a message: `INT96`, `FIXED_LEN_BYTE_ARRAY(2) FLOAT16`, `group LIST`. */
export function describeElement(element: SchemaElement): string {
  const { type, type_length: length, logical_type: logical, converted_type: converted } = element;
  const physical = type ? (type === 'FIXED_LEN_BYTE_ARRAY' ? `${type}(${length})` : type) : 'group';
  const repeated = element.repetition_type === 'REPEATED' ? 'repeated ' : '';
  return `${repeated}${physical}${annotation(element, logical, converted)}`;
}

function annotation(element: SchemaElement, logical?: Logical, converted?: Converted): string {
  if (logical) {
    // The reader hands on a logical type newer than itself without a name.
    const name: string | undefined = logical.type;
    const digits = logical.type === 'DECIMAL' ? `(${logical.precision},${logical.scale})` : '';
    const missing = lacksTwin(logical, element) ? ` without the legacy ${legacyTwin(logical)}` : '';
    return ` ${name ?? 'of an unknown logical type'}${digits}${missing}`;
  }
  if (converted === 'DECIMAL') return ` DECIMAL(${element.precision},${element.scale ?? 0})`;
  return converted ? ` ${converted}` : '';
}

function meaningOfLogical(logical: Logical, element: SchemaElement): Meaning | null {
  switch (logical.type) {
    case 'STRING':
    case 'ENUM':
      return [{ kind: 'string' }, BYTES];
    case 'JSON':
      return [{ kind: 'json' }, BYTES];
    case 'UUID':
      return element.type_length === 16 ? [{ kind: 'uuid' }, ['FIXED_LEN_BYTE_ARRAY']] : null;
    case 'DATE':
      return [{ kind: 'date' }, ['INT32']];
    case 'TIME':
      return [{ kind: 'time' }, INTEGERS];
    case 'TIMESTAMP':
      return [{ kind: logical.isAdjustedToUTC ? 'timestamptz' : 'timestamp' }, ['INT64']];
    case 'DECIMAL': {
      const type = decimal(logical.precision, logical.scale, element.type);
      return type && [type, DECIMALS];
    }
    case 'INTEGER': {
      const bits = asBits(logical.bitWidth);
      return bits && [{ kind: logical.isSigned ? 'int' : 'uint', bits }, [bits === 64 ? 'INT64' : 'INT32']];
    }
    default:
      return null;
  }
}

function decimal(
  precision: number | undefined,
  scale: number,
  physical: Physical | undefined,
): FileType | null {
  if (!Number.isInteger(precision) || !Number.isInteger(scale) || precision === undefined) return null;
  if (precision < 1 || precision > 38 || scale < 0 || scale > precision) return null;
  return fits(DECIMALS, physical) ? { kind: 'decimal', precision, scale } : null;
}

function asBits(width: number): 8 | 16 | 32 | 64 | null {
  return width === 8 || width === 16 || width === 32 || width === 64 ? width : null;
}

function fits(carriers: readonly Physical[], physical: Physical | undefined): boolean {
  return physical !== undefined && carriers.includes(physical);
}
