import type { ColumnType } from '../../config/column-type.ts';

const FIRST_DAY = "'0001-01-01'";

/**
 * `strftime` counts years before 1 downwards from 0, which nobody reads; a plain cast leaves digits out, and is right
 * for infinities alone.
 *
 * @param wallClock `expr` as a timestamp of UTC
 * @param rest what follows the year
 */
function timeText(expr: string, type: string, wallClock: string, rest: string): string {
  return [
    `case when not isfinite(${expr}) then cast(${expr} as varchar)`,
    `when ${expr} >= ${type} ${FIRST_DAY} then strftime(${wallClock}, '%Y${rest}')`,
    `else format('{:04d}', 1 - year(${wallClock})) || strftime(${wallClock}, '${rest} BC') end`,
  ].join(' ');
}

/** SQL for the canonical text of a value. @see docs/ndjson.md */
export function duckdbText(expr: string, type: ColumnType): string {
  switch (type.kind) {
    case 'int':
    case 'boolean':
      return `cast(${expr} as varchar)`;
    case 'decimal':
      // Where there is no digit before the point DuckDB leaves out the zero.
      return type.precision === type.scale
        ? `regexp_replace(cast(${expr} as varchar), '^(-?)[.]', '\\10.')`
        : `cast(${expr} as varchar)`;
    case 'float':
    case 'double':
      return `case when isnan(${expr}) then 'NaN' when isinf(${expr}) then case when ${expr} > 0 then 'Infinity' else '-Infinity' end else cast(${expr} as varchar) end`;
    case 'date':
      return `replace(cast(${expr} as varchar), ' (BC)', ' BC')`;
    case 'timestamp':
      return timeText(expr, 'timestamp', expr, '-%m-%d %H:%M:%S.%f');
    case 'timestamptz':
      // Through the microseconds since the epoch: formatting a zoned value costs three times as much.
      return timeText(expr, 'timestamptz', `make_timestamp(epoch_us(${expr}))`, '-%m-%dT%H:%M:%S.%fZ');
    case 'binary':
      return `lower(hex(${expr}))`;
    case 'time':
    case 'string':
    case 'uuid':
    case 'json':
      return `cast(${expr} as varchar)`;
  }
}
