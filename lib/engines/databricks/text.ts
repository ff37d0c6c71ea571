import type { ColumnType } from '../../config/column-type.ts';
import { stringLiteral } from './quote.ts';

/**
 * Years before 1 are written by the server downwards from 0000, years after 9999 with a plus before them.
 *
 * @param isOurEra whether the year is 1 or later
 * @param whole the server's text
 * @param rest its text after the year
 */
function momentText(expr: string, isOurEra: string, whole: string, rest: string): string {
  return `case when ${isOurEra} then trim(leading '+' from ${whole}) else format_string('%04d', 1 - year(${expr})) || ${rest} || ' BC' end`;
}

/** @param first literal of the first moment of year 1 */
function timeText(expr: string, first: string, pattern: string): string {
  const format = (text: string): string => `date_format(${expr}, ${stringLiteral(text)})`;
  return momentText(expr, `${expr} >= ${first}`, format(`yyyy${pattern}`), format(pattern));
}

/** Not formatted, since days reach further than the moments that a formatter takes. */
function dateText(expr: string): string {
  const whole = `cast(${expr} as string)`;
  return momentText(expr, `${expr} >= date '0001-01-01'`, whole, `right(${whole}, 6)`);
}

/**
 * The digits of a floating value as every engine here writes them: plain from 0.0001 to below 1e16, else `1.5e+16`.
 * The server changes to its own `1.5E16` at 0.001 and 1e7, and some values it gives a digit more than they need.
 */
function floatText(expr: string): string {
  const text = `cast(${expr} as string)`;
  const size = `abs(${expr})`;
  const plain = `trim(trailing '0' from cast(cast(${text} as decimal(38,21)) as string))`;
  const mantissa = `regexp_replace(split_part(${text}, 'E', 1), '[.]0$', '')`;
  const exponent = `cast(split_part(${text}, 'E', 2) as int)`;
  return [
    `case when ${text} not like '%E%' then ${text}`,
    `when ${size} >= 0.0001D and ${size} < 1e16D then regexp_replace(${plain}, '[.]$', '.0')`,
    `else ${mantissa} || format_string('e%+03d', ${exponent}) end`,
  ].join(' ');
}

/** SQL for the canonical text of a value. @see docs/ndjson.md */
export function databricksText(expr: string, type: ColumnType): string {
  switch (type.kind) {
    case 'float':
    case 'double':
      return floatText(expr);
    case 'date':
      return dateText(expr);
    case 'timestamp':
      return timeText(expr, "timestamp_ntz '0001-01-01 00:00:00'", '-MM-dd HH:mm:ss.SSSSSS');
    case 'timestamptz':
      return timeText(expr, "timestamp '0001-01-01T00:00:00Z'", "-MM-dd'T'HH:mm:ss.SSSSSS'Z'");
    case 'binary':
      return `lower(hex(${expr}))`;
    case 'int':
    case 'decimal':
    case 'boolean':
    case 'time':
    case 'string':
    case 'uuid':
    case 'json':
      return `cast(${expr} as string)`;
  }
}
