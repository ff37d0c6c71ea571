import type { ColumnType } from '../../config/column-type.ts';

/** The Postgres type that a column of ours gets. */
export function postgresType(type: ColumnType): string {
  switch (type.kind) {
    case 'int':
      return { 8: 'smallint', 16: 'smallint', 32: 'integer', 64: 'bigint' }[type.bits];
    case 'decimal':
      return `numeric(${type.precision},${type.scale})`;
    case 'float':
      return 'real';
    case 'double':
      return 'double precision';
    case 'string':
    case 'time':
      return 'text';
    case 'json':
      return 'jsonb';
    case 'binary':
      return 'bytea';
    case 'timestamp':
      return 'timestamp without time zone';
    case 'timestamptz':
      return 'timestamp with time zone';
    default:
      return type.kind;
  }
}

/** A column's type as `format_type` writes it, and what kind of type that is. */
export interface ExistingType {
  /** Of a domain: the type beneath it. */
  readonly text: string;
  readonly isEnum: boolean;
}

const INTEGER_DIGITS: Readonly<Record<string, number>> = { smallint: 4, integer: 9, bigint: 18 };
const INTEGER_SIZE: Readonly<Record<string, number>> = { smallint: 1, integer: 2, bigint: 3 };

/**
 * True when the existing column can hold every value of the wanted type exactly, or else refuses the value with an
 * error, so that an export never stores something else than what it read.
 */
export function fits(existing: ExistingType, wanted: ColumnType): boolean {
  const ours = postgresType(wanted);
  if (existing.text === ours) return true;
  switch (wanted.kind) {
    case 'int':
    case 'decimal':
      return holdsNumber(existing.text, ours);
    case 'float':
      return existing.text === 'double precision';
    case 'string':
      return existing.isEnum || HOLDS_ANY_TEXT.test(existing.text) || CHECKS_ITS_TEXT.test(existing.text);
    case 'uuid':
      return HOLDS_ANY_TEXT.test(existing.text);
    case 'json':
      return existing.text === 'json' || HOLDS_ANY_TEXT.test(existing.text);
    case 'time':
      return HOLDS_ANY_TEXT.test(existing.text) || /^time(\(6\))? without time zone$/.test(existing.text);
    case 'timestamp':
      return existing.text === 'timestamp(6) without time zone';
    case 'timestamptz':
      return existing.text === 'timestamp(6) with time zone';
    default:
      return false;
  }
}

const HOLDS_ANY_TEXT = /^(text|character varying(\(\d+\))?|character\(\d+\)|(.*\.)?citext)$/;
const CHECKS_ITS_TEXT = /^(uuid|jsonb?)$/;

function holdsNumber(existing: string, wanted: string): boolean {
  if (existing === 'numeric') return true;
  const room = numberRoom(existing);
  const need = numberRoom(wanted);
  if (!room || !need) return false;
  const integers = INTEGER_SIZE[existing];
  if (integers !== undefined && wanted in INTEGER_SIZE) return integers >= (INTEGER_SIZE[wanted] ?? 0);
  if (integers !== undefined) return need.scale === 0 && need.digits <= room.digits;
  // The largest integer of a size has one digit more than the sure ones.
  const digits = wanted in INTEGER_SIZE ? need.digits + 1 : need.digits;
  return room.digits >= digits && room.scale >= need.scale;
}

/** Digits before and after the point that a numeric type surely holds. */
function numberRoom(type: string): { digits: number; scale: number } | null {
  const digits = INTEGER_DIGITS[type];
  if (digits !== undefined) return { digits, scale: 0 };
  const numeric = /^numeric\((\d+),(\d+)\)$/.exec(type);
  if (!numeric) return null;
  return { digits: Number(numeric[1]) - Number(numeric[2]), scale: Number(numeric[2]) };
}

/**
 * True when the wanted type holds every value of the existing column exactly, so that the column may simply grow:
 * integers to larger ones, real to double precision, numeric with more room on both sides of the point.
 */
export function canWiden(existing: string, wanted: ColumnType): boolean {
  if (wanted.kind === 'double') return existing === 'real';
  return (wanted.kind === 'int' || wanted.kind === 'decimal') && holdsNumber(postgresType(wanted), existing);
}

/**
 * How exact `=` is for a type: `exact`, `float` (where 0 and -0 are equal), or `text` when there is no `=`, or it
 * calls values equal that read differently.
 */
export function equality(type: string): 'exact' | 'float' | 'text' {
  if (type === 'real' || type === 'double precision') return 'float';
  const exact =
    /^(smallint|integer|bigint|boolean|date|bytea|uuid|text|numeric\(.*\)|character varying(\(\d+\))?)$/;
  return exact.test(type) || /^time(stamp)?(\(\d\))? with(out)? time zone$/.test(type) ? 'exact' : 'text';
}
