import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { Column, ColumnType } from '../../lib/config/column-type.ts';
import type { Change, Values } from './oracle-types.ts';

/** How a file differs from what DMS writes by default. A column name of null leaves that column out. */
export interface ChangeFileOptions {
  /** @default Op */
  readonly op?: string | null;
  /** @default tx_commit_time */
  readonly commitTime?: string | null;
  /** @default change_seq */
  readonly changeSeq?: string | null;
  /** DMS writes text. @default string */
  readonly commitTimeAs?: 'string' | 'timestamp' | 'timestamptz';
  /** @default BI_ */
  readonly beforeImagePrefix?: string;
  /** Keys that have a before-image column. @default those that any change's `beforeKeys` names */
  readonly beforeImage?: readonly string[];
  /** @default gzip */
  readonly compression?: 'uncompressed' | 'snappy' | 'gzip' | 'zstd' | 'brotli' | 'lz4';
  /** Source columns the file does not have. */
  readonly omitColumns?: readonly string[];
  /** DuckDB types by source column, instead of the logical type's own. */
  readonly types?: Readonly<Record<string, string>>;
}

/** What a change file holds. Order of columns and changes is kept. */
export interface ChangeFileSpec {
  readonly columns: readonly Column[];
  readonly changes: readonly Change[];
  readonly options?: ChangeFileOptions;
}

interface FileColumn {
  readonly name: string;
  readonly sqlType: string;
  readonly read: (change: Change) => string | null;
}

let connection: Promise<DuckDBConnection> | undefined;

/**
 * Writes one parquet file as DMS would and returns its path; the folder must exist, a file there is replaced.
 * Values are canonical text; binary is hex, floats take `NaN`, `Infinity`, `-Infinity`. A `seq` of null is null.
 */
export async function writeChangeFile(path: string, spec: ChangeFileSpec): Promise<string> {
  connection ??= connect();
  const columns = fileColumns(spec);
  const names = columns.map((_, at) => `c${at}`);
  const select = columns.map(
    ({ name, sqlType }, at) => `${castText(names[at]!, sqlType)} as ${quoteIdentifier(name)}`,
  );
  const rows = spec.changes.map(
    (change) => `(${columns.map(({ read }) => literal(read(change))).join(', ')})`,
  );
  const from =
    rows.length > 0
      ? `(values ${rows.join(', ')}) as v(${names.join(', ')})`
      : `(select ${names.map((name) => `null::varchar as ${name}`).join(', ')}) as v where false`;
  const compression = spec.options?.compression ?? 'gzip';
  const duckdb = await connection;
  await duckdb.run(
    `copy (select ${select.join(', ')} from ${from}) to ${literal(path)} (format parquet, compression ${compression})`,
  );
  return path;
}

async function connect(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const duckdb = await instance.connect();
  await duckdb.run(`set timezone = 'UTC'`);
  return duckdb;
}

function fileColumns({ columns, changes, options = {} }: ChangeFileSpec): FileColumn[] {
  const { op = 'Op', commitTime = 'tx_commit_time', changeSeq = 'change_seq' } = options;
  const prefix = options.beforeImagePrefix ?? 'BI_';
  const omitted = new Set(options.omitColumns);
  const named = new Set(changes.flatMap((change) => Object.keys(change.beforeKeys ?? {})));
  const beforeImage =
    options.beforeImage ?? columns.map(({ name }) => name).filter((name) => named.has(name));
  const typeOf = (column: Column): string => options.types?.[column.name] ?? duckdbType(column.type);

  const file: FileColumn[] = [];
  if (op !== null) file.push({ name: op, sqlType: 'varchar', read: (change) => change.op });
  for (const column of columns.filter(({ name }) => !omitted.has(name))) {
    file.push({
      name: column.name,
      sqlType: typeOf(column),
      read: (change) => get(change.values, column.name),
    });
  }
  if (commitTime !== null) {
    const sqlType = options.commitTimeAs?.replace('string', 'varchar') ?? 'varchar';
    file.push({ name: commitTime, sqlType, read: (change) => change.commitTime });
  }
  if (changeSeq !== null) file.push({ name: changeSeq, sqlType: 'varchar', read: (change) => change.seq });
  for (const column of columns.filter(({ name }) => beforeImage.includes(name))) {
    const read = (change: Change): string | null => get(change.beforeKeys ?? {}, column.name);
    file.push({ name: `${prefix}${column.name}`, sqlType: typeOf(column), read });
  }
  return file;
}

function get(values: Values, name: string): string | null {
  return Object.hasOwn(values, name) ? (values[name] ?? null) : null;
}

function duckdbType(type: ColumnType): string {
  switch (type.kind) {
    case 'int':
      return { 8: 'tinyint', 16: 'smallint', 32: 'integer', 64: 'bigint' }[type.bits];
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    case 'binary':
      return 'blob';
    case 'string':
    case 'uuid':
    case 'json':
      return 'varchar';
    default:
      return type.kind;
  }
}

function castText(name: string, sqlType: string): string {
  return sqlType.toLowerCase() === 'blob' ? `unhex(${name})` : `cast(${name} as ${sqlType})`;
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** SQL text cannot hold a NUL, so those are put in by function. */
function literal(text: string | null): string {
  if (text === null) return 'null::varchar';
  const parts = text.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? parts[0]! : `(${parts.join(' || chr(0) || ')})`;
}

const FIRST_CDC_FILE = Date.UTC(2024, 4, 1);

/** The n-th captured-changes file name, in order of n: `yyyymmdd-hhmmssfff.parquet`, a minute apart. */
export function cdcFileName(n: number): string {
  const digits = new Date(FIRST_CDC_FILE + n * 60_000).toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8)}.parquet`;
}

/** The n-th full-load file name; DMS counts in upper-case hexadecimal, from 1. */
export function loadFileName(n: number): string {
  return `LOAD${n.toString(16).toUpperCase().padStart(8, '0')}.parquet`;
}

/** What `change` takes: everything besides its own fields is a column value, numbers and booleans as such. */
export interface ChangeShorthand {
  readonly op: Change['op'];
  /** `HH:MM[:SS[.ffffff]]` on 2024-05-01, or a whole `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly at: string;
  readonly seq?: string | number | null;
  readonly before?: Values;
  readonly load?: boolean;
  readonly [column: string]: unknown;
}

/** One change, briefly: `change({ op: 'U', at: '10:00', seq: 1, id: 7, name: 'Ann' })`. */
export function change({ op, at, seq = null, before, load, ...columns }: ChangeShorthand): Change {
  const values: Values = {};
  for (const [name, value] of Object.entries(columns)) values[name] = value === null ? null : String(value);
  return {
    op,
    commitTime: commitTimeOf(at),
    seq: seq === null ? null : String(seq),
    values,
    ...(before && { beforeKeys: before }),
    ...(load && { load }),
  };
}

/** A commit time as DMS writes it, from a short form: missing parts are those of 2024-05-01 00:00:00.000000. */
export function commitTimeOf(at: string): string {
  const [date, clock] = at.includes('-') ? at.split(' ') : ['2024-05-01', at];
  const [whole = '', fraction = ''] = (clock ?? '00:00:00').split('.');
  return `${date} ${whole.length === 5 ? `${whole}:00` : whole}.${fraction.padEnd(6, '0')}`;
}
