import type { ColumnType } from '../../lib/config/column-type.ts';

const SEQ_WIDTH = 50;
const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/;

/**
 * The one spelling of a value that the oracle stores: two spellings are equal exactly when the values are.
 * Decimals have all digits of their scale, times six digits of fraction, `timestamptz` is UTC with `T` and `Z`,
 * binary is lower-case hex, floats are the shortest text of the double they equal, `-0` is `0`.
 */
export function canonicalText(type: ColumnType, text: string): string {
  switch (type.kind) {
    case 'int':
      return BigInt(text).toString();
    case 'decimal':
      return decimalText(text, type.scale);
    case 'float':
      return String(Math.fround(Number(text)));
    case 'double':
      return String(Number(text));
    case 'boolean':
      return text.toLowerCase();
    case 'binary':
      return text.toLowerCase();
    case 'timestamp':
      return canonicalInstant(text).replace('T', ' ').replace('Z', '');
    case 'timestamptz':
      return canonicalInstant(text);
    case 'time': {
      const [clock = '', fraction = ''] = text.split('.');
      return `${clock}.${fraction.padEnd(6, '0')}`;
    }
    default:
      return text;
  }
}

/** An instant as `YYYY-MM-DDTHH:MM:SS.ffffffZ`. No zone means UTC; a date means its midnight. Years 0000 to 9999. */
export function canonicalInstant(text: string): string {
  const match = INSTANT.exec(text);
  if (!match) throw new Error(`not an instant: ${text}`);
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match;
  const wall = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`);
  if (Number.isNaN(wall)) throw new Error(`no such date: ${text}`);
  const seconds = new Date(wall - zoneMinutes(zone) * 60_000).toISOString().slice(0, 19);
  return `${seconds}.${fraction.padEnd(6, '0')}Z`;
}

function zoneMinutes(zone: string): number {
  if (zone === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return zone.startsWith('-') ? -minutes : minutes;
}

/** A change sequence as it is compared: empty stays empty and is smallest, all else is padded with zeros. */
export function canonicalSeq(seq: string | null): string {
  if (seq === null || seq === '') return '';
  if (seq.length > SEQ_WIDTH) throw new Error(`change sequence longer than ${SEQ_WIDTH}: ${seq}`);
  return seq.padStart(SEQ_WIDTH, '0');
}

/** Orders two values of a type, nulls smallest: below, equal to or above zero. */
export function compareValues(type: ColumnType, a: string | null, b: string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  switch (type.kind) {
    case 'int':
      return compareBigInts(BigInt(a), BigInt(b));
    case 'decimal':
      return compareBigInts(unscaled(a, type.scale), unscaled(b, type.scale));
    case 'float':
      return compareNumbers(Math.fround(Number(a)), Math.fround(Number(b)));
    case 'double':
      return compareNumbers(Number(a), Number(b));
    default:
      return compareText(canonicalText(type, a), canonicalText(type, b));
  }
}

/** Orders text by the bytes of its UTF-8, which is code point order. */
export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function compareBigInts(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareNumbers(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The decimal as an integer count of its smallest unit. Throws when digits beyond the scale are not zero. */
function unscaled(text: string, scale: number): bigint {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (!match) throw new Error(`not a decimal: ${text}`);
  const [, sign, whole = '', fraction = ''] = match;
  if (/[^0]/.test(fraction.slice(scale))) throw new Error(`${text} does not fit scale ${scale}`);
  const digits = BigInt(`0${whole}${fraction.slice(0, scale).padEnd(scale, '0')}`);
  return sign === '-' ? -digits : digits;
}

function decimalText(text: string, scale: number): string {
  const units = unscaled(text, scale);
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const sign = units < 0n ? '-' : '';
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-scale)}`;
}
