import type { FileType } from '../../changes/change-file.ts';
import { type ColumnType, sameColumnType } from '../../config/column-type.ts';
import { duckdbType } from './types.ts';

const INTEGER_TEXT = '[+-]?[0-9]+';
const DAY = '[0-9]{1,6}-[0-9]{1,2}-[0-9]{1,2}( [(]BC[)])?';

/** Microsecond of a day. A file can hold times beyond, which a clock does not show. */
const LAST_OF_DAY = 86_399_999_999;

/** What a text must look like where a cast reads more than this and drops the rest: a time of day, an offset. */
const TEXT_SHAPES: Partial<Readonly<Record<ColumnType['kind'], string>>> = {
  int: INTEGER_TEXT,
  date: `${DAY}([ T]00:00(:00([.]0*)?)?)?`,
  time: '([01]?[0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}([.][0-9]*)?)?',
  timestamp: `${DAY}([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]*)?)?)?`,
};

/** `2026-01-01 12:00:00.1234567 +02:00`, as sources write offsets, in a form the cast reads; digits past µs cut off. */
function instantText(expr: string): string {
  return `regexp_replace(regexp_replace(${expr}, '([.][0-9]{6})[0-9]+', '\\1'), ' ([+-][0-9:]+)$', '\\1')`;
}

/**
 * SQL for a wall-clock time in nanoseconds without the digits below a microsecond, cut off before 1970 too: a cast and
 * a division go towards zero.
 */
export function wholeMicroseconds(expr: string): string {
  const nanos = `epoch_ns(${expr})`;
  return `make_timestamp(${nanos} // 1000 - if(${nanos} % 1000 < 0, 1, 0))`;
}

/** SQL that turns a file's column into a history column, exactly or with an error. */
export function duckdbCast(
  expr: string,
  from: FileType,
  to: ColumnType,
  cast: 'cast' | 'try_cast' = 'cast',
): string {
  const plain = `${cast}(${expr} as ${duckdbType(to)})`;
  // A cast rounds nanoseconds, the last ones of a day into the next.
  if (from.kind === 'time') return `strftime(make_timestamp(epoch_us(${expr})), '%H:%M:%S.%f')`;
  if (from.kind === 'string' && to.kind === 'time') {
    return `strftime(date '2000-01-01' + ${cast}(${expr} as time), '%H:%M:%S.%f')`;
  }
  if (from.kind === 'string' && to.kind === 'timestamptz') {
    return `${cast}(${instantText(expr)} as timestamptz)`;
  }
  if (from.kind === 'string' && to.kind === 'binary') return `encode(${expr})`;
  // A wall-clock time may come in nanoseconds or milliseconds, so even "the same" type is cast.
  const readAsIs = ['string', 'boolean', 'binary', 'float', 'double', 'date'].includes(from.kind);
  if (from.kind !== 'uint' && readAsIs && sameColumnType(from, to)) return expr;
  return plain;
}

/** SQL that is true, never null, where a value is there but `duckdbCast` would fail on it or lose of it. */
export function duckdbCannotCast(expr: string, from: FileType, to: ColumnType): string {
  if (from.kind === 'string' && ['string', 'binary'].includes(to.kind)) return 'false';
  if (from.kind === 'time') return `coalesce(epoch_us(${expr}) not between 0 and ${LAST_OF_DAY}, false)`;
  const fails = `${duckdbCast(expr, from, to, 'try_cast')} is null`;
  const loses = from.kind === 'string' ? losesOfText(expr, to) : null;
  return `(${expr} is not null and (${loses === null ? fails : `${loses} or ${fails}`}))`;
}

function losesOfText(expr: string, to: ColumnType): string | null {
  // These are kept as text, so the cast itself never fails.
  if (to.kind === 'uuid') return `try_cast(${expr} as uuid) is null`;
  if (to.kind === 'json') return `not json_valid(${expr})`;
  if (to.kind === 'float' || to.kind === 'double') {
    const overflows = `coalesce(isinf(try_cast(${expr} as ${duckdbType(to)})), false)`;
    return `(${overflows} and not regexp_matches(${expr}, '[iI][nN][fF]'))`;
  }
  const shape = to.kind === 'decimal' ? `${INTEGER_TEXT}([.][0-9]{0,${to.scale}}0*)?` : TEXT_SHAPES[to.kind];
  return shape === undefined ? null : `not regexp_full_match(${expr}, '${shape}')`;
}
