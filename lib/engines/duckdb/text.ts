import type { ColumnType } from '../../config/column-type.ts';

const FIRST_DAY = "'0001-01-01'";
const LAST_DAY = "'9999-12-31'";

/** `strftime` knows neither years before 1 nor infinities; a plain cast does, in its own notation. */
function timeText(expr: string, type: string, formatted: string): string {
  return [
    `case when ${expr} between ${type} ${FIRST_DAY} and ${type} ${LAST_DAY}`,
    `then ${formatted}`,
    `else replace(replace(cast(${expr} as varchar), '+00', ''), ' (BC)', ' BC') end`,
  ].join(' ');
}

/** SQL for the canonical text of a value. @see docs/ndjson.md */
export function duckdbText(expr: string, type: ColumnType): string {
  switch (type.kind) {
    case 'int':
    case 'decimal':
    case 'boolean':
      return `cast(${expr} as varchar)`;
    case 'float':
    case 'double':
      return `case when isnan(${expr}) then 'NaN' when isinf(${expr}) then case when ${expr} > 0 then 'Infinity' else '-Infinity' end else cast(${expr} as varchar) end`;
    case 'date':
      return `replace(cast(${expr} as varchar), ' (BC)', ' BC')`;
    case 'timestamp':
      return timeText(expr, 'timestamp', `strftime(${expr}, '%Y-%m-%d %H:%M:%S.%f')`);
    case 'timestamptz':
      // Through the microseconds since the epoch: formatting a zoned value costs three times as much.
      return timeText(
        expr,
        'timestamptz',
        `strftime(make_timestamp(epoch_us(${expr})), '%Y-%m-%dT%H:%M:%S.%fZ')`,
      );
    case 'binary':
      return `lower(hex(${expr}))`;
    case 'time':
    case 'string':
    case 'uuid':
    case 'json':
      return `cast(${expr} as varchar)`;
  }
}
