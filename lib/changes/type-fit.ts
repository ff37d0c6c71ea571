import type { ColumnType } from '../config/column-type.ts';
import { sameColumnType } from '../config/column-type.ts';
import type { FileType } from './change-file.ts';

const MAX_DECIMAL_DIGITS = 38;

/** Decimal digits that hold every value of a signed integer. */
const INTEGER_DIGITS: Readonly<Record<8 | 16 | 32 | 64, number>> = { 8: 3, 16: 5, 32: 10, 64: 19 };

/**
 * The type a history column has when nothing but the file decides: unsigned integers become the next wider signed
 * type, `uint64` becomes `decimal(20,0)`, and what engines keep as text (`uuid`, `json`, `time`) becomes `string`.
 */
export function storageTypeOf(type: FileType): ColumnType {
  if (type.kind === 'uint') {
    return type.bits === 64
      ? { kind: 'decimal', precision: 20, scale: 0 }
      : { kind: 'int', bits: type.bits === 8 ? 16 : type.bits === 16 ? 32 : 64 };
  }
  return type.kind === 'uuid' || type.kind === 'json' || type.kind === 'time' ? { kind: 'string' } : type;
}

/**
 * The smallest type of the same family that holds both, or null if none does: the larger integer, double over float,
 * a decimal with the digits of both before and after the point (at most 38). Both are storage types.
 */
export function widerType(a: ColumnType, b: ColumnType): ColumnType | null {
  if (sameColumnType(a, b)) return a;
  if (a.kind === 'int' && b.kind === 'int') return a.bits > b.bits ? a : b;
  if (isFloating(a) && isFloating(b)) return { kind: 'double' };
  if (a.kind === 'decimal' && b.kind === 'decimal') {
    const scale = Math.max(a.scale, b.scale);
    const precision = Math.max(a.precision - a.scale, b.precision - b.scale) + scale;
    return precision <= MAX_DECIMAL_DIGITS ? { kind: 'decimal', precision, scale } : null;
  }
  return null;
}

/**
 * True when a file column of type `from` may go into a column whose contract says `to`. Text may become anything, value
 * by value, which is checked before the batch runs; every other cast here is one that no value can fail:
 *
 * | from | to |
 * |---|---|
 * | anything | the same type, or a wider one of its family |
 * | string | anything |
 * | int, uint | a decimal with digits enough; up to 32 bits also double; string |
 * | decimal | string |
 * | date | timestamp (midnight), string |
 * | timestamp | timestamptz (taken as UTC) |
 * | timestamptz | timestamp (wall clock of UTC) |
 * | uuid, json, time, boolean | string |
 */
export function isCastable(from: FileType, to: ColumnType): boolean {
  if (from.kind === 'string' || from.kind === to.kind)
    return from.kind === 'string' || fitsSameKind(from, to);
  const stored = storageTypeOf(from);
  if (widens(stored, to)) return true;
  switch (stored.kind) {
    case 'int':
      return (
        to.kind === 'string' ||
        (to.kind === 'double' && stored.bits <= 32) ||
        integerFitsDecimal(stored.bits, to)
      );
    case 'decimal':
    case 'boolean':
      return to.kind === 'string';
    case 'date':
      return to.kind === 'timestamp' || to.kind === 'string';
    case 'timestamp':
      return to.kind === 'timestamptz';
    case 'timestamptz':
      return to.kind === 'timestamp';
    default:
      return false;
  }
}

function fitsSameKind(from: FileType, to: ColumnType): boolean {
  return widens(storageTypeOf(from), storageTypeOf(to));
}

/** True when `to` holds every value of `from` without a change of family. */
function widens(from: ColumnType, to: ColumnType): boolean {
  const wider = widerType(from, to);
  return wider !== null && sameColumnType(wider, to);
}

function integerFitsDecimal(bits: 8 | 16 | 32 | 64, to: ColumnType): boolean {
  return to.kind === 'decimal' && to.precision - to.scale >= INTEGER_DIGITS[bits];
}

function isFloating(type: ColumnType): boolean {
  return type.kind === 'float' || type.kind === 'double';
}
