import { TerminalError } from '../errors.ts';

const EXACT: Readonly<Record<string, string>> = {
  bit: 'boolean',
  tinyint: 'utinyint',
  smallint: 'smallint',
  int: 'integer',
  bigint: 'bigint',
  money: 'decimal(19, 4)',
  smallmoney: 'decimal(10, 4)',
  real: 'float',
  float: 'double',
  date: 'date',
  smalldatetime: 'timestamp',
  datetime: 'timestamp',
  datetime2: 'timestamp',
  binary: 'blob',
  varbinary: 'blob',
  rowversion: 'blob',
};

const TEXT = [
  'char',
  'varchar',
  'nchar',
  'nvarchar',
  'text',
  'ntext',
  'datetimeoffset',
  'uniqueidentifier',
  'xml',
];

/**
 * The DuckDB type whose parquet form is the one DMS gives a SQL Server type. `time` is not here: DMS writes it in
 * milliseconds, which DuckDB cannot. Throws `TerminalError` SOURCE_TYPE_UNKNOWN.
 * @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.SQLServer.html
 */
export function parquetType(sqlType: string): string {
  const [name = '', ...rest] = sqlType
    .toLowerCase()
    .split(/(?=\()/)
    .map((part) => part.trim());
  if (name === 'decimal' || name === 'numeric') return `decimal${rest[0] ?? '(18, 0)'}`;
  if (TEXT.includes(name)) return 'varchar';
  const exact = Object.hasOwn(EXACT, name) ? EXACT[name] : undefined;
  if (exact !== undefined) return exact;
  throw new TerminalError(
    'SOURCE_TYPE_UNKNOWN',
    `${JSON.stringify(sqlType)} is not a SQL Server type that can be written. Known: ${[...Object.keys(EXACT), 'decimal(p,s)', ...TEXT].join(', ')}.`,
  );
}
