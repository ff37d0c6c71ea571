import type { FileType } from '../../changes/change-file.ts';
import { type ColumnType, sameColumnType } from '../../config/column-type.ts';
import { matchesWhole } from './matches.ts';
import { databricksText } from './text.ts';
import { databricksType } from './types.ts';

const INTEGER_TEXT = '[+-]?[0-9]+';
const FLOAT_TEXT = '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?';
const INFINITY_TEXT = '[+-]?[iI][nN][fF]([iI][nN][iI][tT][yY])?';
const DAY = '[0-9]{4,6}-[0-9]{1,2}-[0-9]{1,2}';
const CLOCK = '[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]*)?)?';
const ZONE = ' ?([zZ]|UTC|[+-][0-9]{1,2}(:?[0-9]{2})?|[A-Za-z]+/[A-Za-z_/]+)';

/** What a text must look like: a cast here drops what it does not want, and takes a mere time for one of today. */
const TEXT_SHAPES: Partial<Readonly<Record<ColumnType['kind'], string>>> = {
  int: INTEGER_TEXT,
  float: `${FLOAT_TEXT}|${INFINITY_TEXT}|[+-]?[nN][aA][nN]`,
  double: `${FLOAT_TEXT}|${INFINITY_TEXT}|[+-]?[nN][aA][nN]`,
  boolean: '[a-zA-Z01]+',
  date: `${DAY}([ T]00:00(:00([.]0*)?)?)?`,
  time: '([01]?[0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}([.][0-9]*)?)?',
  timestamp: `${DAY}([ T]${CLOCK})?`,
  timestamptz: `${DAY}([ T]${CLOCK}(${ZONE})?)?`,
  uuid: '[{]?[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}[}]?',
};

type Cast = 'cast' | 'try_cast';

/** `2026-01-01 12:00:00.1234567 +02:00`, as sources write offsets, in a form the cast reads; digits past µs cut off. */
function instantText(expr: string): string {
  return `regexp_replace(regexp_replace(${expr}, '([.][0-9]{6})[0-9]+', '$1'), ' ([+-][0-9:]+)$', '$1')`;
}

/** SQL that turns a file's column into a history column, exactly or with an error. */
export function databricksCast(expr: string, from: FileType, to: ColumnType, cast: Cast = 'cast'): string {
  if (from.kind === 'string' && to.kind === 'time') {
    const wallClock = `${cast}('2000-01-01 ' || ${expr} as timestamp_ntz)`;
    return `date_format(${wallClock}, 'HH:mm:ss.SSSSSS')`;
  }
  if (from.kind === 'string' && to.kind === 'timestamptz') {
    return `${cast}(${instantText(expr)} as timestamp)`;
  }
  if (from.kind === 'date' && to.kind === 'string') return databricksText(expr, from);
  // A wall-clock time may come as an instant from old files, so even "the same" type is cast.
  const readAsIs = ['string', 'boolean', 'binary', 'float', 'double', 'date'].includes(from.kind);
  if (from.kind !== 'uint' && readAsIs && sameColumnType(from, to)) return expr;
  return `${cast}(${expr} as ${databricksType(to)})`;
}

/** Days from 1970 that a moment of 64 bits of microseconds reaches either way; a `try_cast` beyond them fails. */
const MOMENT_DAYS = 106_751_990;

/** SQL that is true, never null, where a value is there but `databricksCast` would fail on it or lose of it. */
export function databricksCannotCast(expr: string, from: FileType, to: ColumnType): string {
  if (from.kind === 'string' && ['string', 'binary'].includes(to.kind)) return 'false';
  // Read as text already, which is empty where it is none of a day.
  if (from.kind === 'time') return `coalesce(${expr} = '', false)`;
  if (from.kind === 'date' && to.kind !== 'date')
    return `coalesce(abs(unix_date(${expr})) > ${MOMENT_DAYS}, false)`;
  const fails = `${databricksCast(expr, from, to, 'try_cast')} is null`;
  const loses = from.kind === 'string' ? losesOfText(expr, to) : null;
  return `(${expr} is not null and (${loses === null ? fails : `${loses} or ${fails}`}))`;
}

/**
 * The parser passes over what follows the first value. Inside brackets and inside braces, no text that is more or less
 * than one value is right in both.
 */
function isNotJson(expr: string): string {
  return `(try_parse_json('[' || ${expr} || ']') is null or try_parse_json('{"v":' || ${expr} || '}') is null)`;
}

function losesOfText(expr: string, to: ColumnType): string | null {
  if (to.kind === 'json') return isNotJson(expr);
  const shape = to.kind === 'decimal' ? `${INTEGER_TEXT}([.][0-9]{0,${to.scale}}0*)?` : TEXT_SHAPES[to.kind];
  if (shape === undefined) return null;
  const misshapen = `not ${matchesWhole(expr, shape)}`;
  if (to.kind !== 'float' && to.kind !== 'double') return misshapen;
  const overflows = `coalesce(abs(try_cast(${expr} as ${databricksType(to)})) = double('Infinity'), false)`;
  return `${misshapen} or (${overflows} and not ${matchesWhole(expr, INFINITY_TEXT)})`;
}
