import type { BulkColumn, Dialect } from '../../ports.ts';

const BACKSLASH = '\\';

/** What COPY reads as these characters; everything else stands for itself. Backslash first: the others add some. */
const ESCAPES = [
  [BACKSLASH, BACKSLASH + BACKSLASH],
  ['\t', `${BACKSLASH}t`],
  ['\n', `${BACKSLASH}n`],
  ['\r', `${BACKSLASH}r`],
] as const;

/**
 * One SQL expression that yields a row as a line of Postgres' COPY text format, without the newline at its end.
 * Null is `\N`. NaN and ±Infinity are sent as they are under either policy: `real` and `double precision`, the only
 * types that receive them, hold them. A NUL character is sent as it is, and refused by `load`.
 * @see https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
 */
export function copyLine(
  dialect: Dialect,
  columns: readonly BulkColumn[],
  _nonFinite: 'null' | 'error',
): string {
  const fields = columns.map(
    (column) => `coalesce(${field(dialect, column)}, ${dialect.stringLiteral('\\N')})`,
  );
  return fields.join(` || ${dialect.stringLiteral('\t')} || `);
}

/** The value's text, escaped where the type lets in anything that COPY would take for something else. */
function field(dialect: Dialect, { expr, type }: BulkColumn): string {
  const text = dialect.toText(expr, type);
  switch (type.kind) {
    case 'string':
    case 'json':
    case 'uuid':
    case 'time':
      return escaped(dialect, text);
    case 'binary':
      return `${dialect.stringLiteral('\\\\x')} || ${text}`;
    case 'boolean':
      return `case when ${expr} then 't' when not ${expr} then 'f' end`;
    default:
      return text;
  }
}

function escaped(dialect: Dialect, text: string): string {
  return ESCAPES.reduce(
    (sql, [from, to]) => `replace(${sql}, ${dialect.stringLiteral(from)}, ${dialect.stringLiteral(to)})`,
    text,
  );
}
