import type { FileColumn } from '../../changes/change-file.ts';
import { TerminalError } from '../../errors.ts';
import type { Dialect, TableRef } from '../../ports.ts';
import { duckdbCannotCast, duckdbCast, wholeMicroseconds } from './cast.ts';
import { duckdbText } from './text.ts';
import { duckdbType, parseDuckdbType } from './types.ts';

function quoteIdentifier(name: string): string {
  if (name === '' || /[\u0000-\u001f\u007f]/.test(name)) {
    throw new TerminalError(
      'NAME_REFUSED',
      `The name ${JSON.stringify(name)} is empty or has a control character in it. Rename it, or leave the column out.`,
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/** The catalog is the database file itself. */
function tableName({ schema, name }: TableRef): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

function stringLiteral(text: string): string {
  if (text.includes('\u0000')) {
    // The text itself may be a row value.
    throw new TerminalError('TEXT_HAS_NUL', 'A text has a NUL character in it, which no SQL can say.');
  }
  return `'${text.replaceAll("'", "''")}'`;
}

/** A path that means itself alone: DuckDB reads `*`, `?` and `[` as patterns and has no other way to turn that off. */
function pathLiteral(path: string): string {
  return stringLiteral(path.replace(/[*?[]/g, (c) => `[${c}]`));
}

function readFiles(
  paths: readonly string[],
  columns: readonly FileColumn[],
  fileColumn: string | undefined,
): string {
  const files = paths.map(pathLiteral).join(',\n  ');
  const named = fileColumn === undefined ? '' : `, filename = ${stringLiteral(fileColumn)}`;
  const relation = `read_parquet([\n  ${files}\n]${named}, hive_partitioning = false)`;
  const cut = columns
    .filter(({ type, stored }) => type.kind === 'timestamp' && stored === 'nanos')
    .map(({ name }) => quoteIdentifier(name))
    .map((name) => `${wholeMicroseconds(name)} as ${name}`);
  if (cut.length === 0) return relation;
  return `(\n  select * replace (${cut.join(', ')})\n  from ${relation.replaceAll('\n', '\n  ')}\n)`;
}

const STAGE = 'temp.main."__tidemark_batch"';

/** DuckDB's SQL. Sessions run with the time zone set to UTC. */
export const duckdbDialect: Dialect = {
  name: 'duckdb',
  capabilities: { transactions: true, oneProcess: true, unityCatalog: false, skipsFiles: false },
  staging: {
    table: STAGE,
    create: (select) => `create or replace temp table "__tidemark_batch" as\n${select}`,
    drop: `drop table if exists ${STAGE}`,
  },

  quoteIdentifier,
  tableName,
  stringLiteral,
  instantLiteral: (instant) => `timestamptz ${stringLiteral(instant)}`,

  typedLiteral: (text, type) => {
    if (type.kind === 'int') return `${BigInt(text)}`;
    return ['string', 'uuid', 'json', 'time'].includes(type.kind) ? stringLiteral(text) : null;
  },
  createTable: ({ ref, columns }) =>
    `create table if not exists ${tableName(ref)} (\n  ${columns.map(({ name, type }) => `${quoteIdentifier(name)} ${duckdbType(type)}`).join(',\n  ')}\n)`,
  replaceTable: ({ ref }, select) => `create or replace table ${tableName(ref)} as\n${select}`,
  // There is nothing of a table that replacing it loses.
  overwriteTable: () => null,
  replaceView: (view, select) => [`create or replace view ${tableName(view)} as\n${select}`],
  endWrites: () => null,
  addColumns: (table, columns) =>
    columns.map(
      ({ name, type }) =>
        `alter table ${tableName(table)} add column ${quoteIdentifier(name)} ${duckdbType(type)}`,
    ),
  columnType: duckdbType,
  parseColumnType: parseDuckdbType,

  isDistinct: (a, b) => `${a} is distinct from ${b}`,
  readFiles,
  // Paths are patterns there, in which a backslash or a line break cannot mean itself alone.
  unreadablePath: (path) => (/[\\\r\n]/.test(path) ? 'a backslash or a line break' : null),
  unreadable: () => null,
  castFromFile: (expr, from, to) => duckdbCast(expr, from, to),
  cannotCastFromFile: duckdbCannotCast,
  instantFromText: (expr, otherwise) =>
    `${otherwise === 'null' ? 'try_cast' : 'cast'}(${expr} as timestamptz)`,
  toText: duckdbText,
  explode: (arrayExpr, alias) => `cross join unnest(${arrayExpr}) as __exploded(${alias})`,
  array: (exprs) => `[${exprs.join(', ')}]`,
  padLeft: (expr, width) => `lpad(${expr}, ${width}, '0')`,
  matches: (expr, pattern) => `regexp_matches(${expr}, ${stringLiteral(pattern)})`,
  sha256: (expr) => `sha256(${expr})`,
  bucket: (exprs, count) => `hash(${exprs.join(', ')}) % ${count}`,
};
