import type { ColumnType } from '../../config/column-type.ts';
import type { Dialect } from '../../ports.ts';
import { databricksCannotCast, databricksCast } from './cast.ts';
import {
  addColumns,
  createTable,
  endWrites,
  overwriteTable,
  replaceTable,
  replaceView,
} from './create-table.ts';
import { matches } from './matches.ts';
import { quoteIdentifier, stringLiteral, tableName } from './quote.ts';
import { readFiles } from './read-files.ts';
import { SERVERS, type ServerKind } from './server.ts';
import { databricksText } from './text.ts';
import { databricksType, parseDatabricksType } from './types.ts';
import { unreadableColumn, unreadablePath } from './unreadable.ts';

const INTEGER_SUFFIX = { 8: 'Y', 16: 'S', 32: '', 64: 'L' } as const;

/** A NUL, which no SQL can say, and what stands for bytes that are no text: the value itself is another then. */
const UNSAYABLE = /[\u0000\ufffd]/;

/** Files are passed over for a comparison with a literal, not for one with a cast. */
function typedLiteral(text: string, type: ColumnType): string | null {
  switch (type.kind) {
    case 'int':
      return `${BigInt(text)}${INTEGER_SUFFIX[type.bits]}`;
    case 'string':
    case 'uuid':
    case 'json':
    case 'time':
      return UNSAYABLE.test(text) ? null : stringLiteral(text);
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(text) ? `date ${stringLiteral(text)}` : null;
    default:
      return null;
  }
}

/**
 * Spark SQL with Delta Lake. Sessions run with the time zone set to UTC and in ANSI mode, where a cast that fails is an
 * error.
 */
export function createDatabricksDialect(kind: ServerKind): Dialect {
  const server = SERVERS[kind];
  return {
    name: 'databricks',
    capabilities: {
      transactions: false,
      oneProcess: false,
      unityCatalog: server.unityCatalog,
      skipsFiles: true,
    },
    staging: null,

    quoteIdentifier,
    tableName,
    stringLiteral,
    instantLiteral: (instant) => `timestamp ${stringLiteral(instant)}`,

    typedLiteral,

    createTable,
    replaceTable,
    overwriteTable,
    replaceView,
    endWrites,
    addColumns,
    columnType: databricksType,
    parseColumnType: parseDatabricksType,

    isDistinct: (a, b) => `not (${a} <=> ${b})`,
    readFiles: (paths, columns, fileColumn) => readFiles(server, paths, columns, fileColumn),
    unreadablePath,
    unreadable: (column) => unreadableColumn(server, column),
    castFromFile: (expr, from, to) => databricksCast(expr, from, to),
    cannotCastFromFile: databricksCannotCast,
    instantFromText: (expr, otherwise) =>
      `${otherwise === 'null' ? 'try_cast' : 'cast'}(${expr} as timestamp)`,
    toText: databricksText,
    explode: (arrayExpr, alias) => `lateral view explode(${arrayExpr}) __exploded as ${alias}`,
    array: (exprs) => `array(${exprs.join(', ')})`,
    padLeft: (expr, width) => `lpad(${expr}, ${width}, '0')`,
    matches,
    sha256: (expr) => `sha2(${expr}, 256)`,
    bucket: (exprs, count) => `pmod(xxhash64(${exprs.join(', ')}), ${count})`,
  };
}
