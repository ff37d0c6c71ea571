import type { FileColumn } from '../../changes/change-file.ts';
import { nameProblem } from './quote.ts';
import type { Server } from './server.ts';

/**
 * Why the server cannot read a column of a change file, or null where it can. A type it does not know is enough that
 * it reads nothing of the file.
 */
export function unreadableColumn(server: Server, column: FileColumn): string | null {
  const { name } = column;
  const problem = nameProblem(name);
  if (problem !== null) return `its name ${problem}; rename it`;
  if (name.toLowerCase() === '_metadata')
    return 'the server uses this name for what it knows of a file; rename it';
  return server.namesTypes ? null : unknownType(column);
}

function unknownType({ type, stored, adjustedToUtc }: FileColumn): string | null {
  if (type.kind === 'uuid') return 'open Spark reads no parquet UUID; have it written as text';
  return type.kind === 'time' && (stored !== undefined || adjustedToUtc)
    ? 'open Spark reads a time of day only in microseconds and not adjusted to UTC; have it written so, or as text'
    : null;
}

/** What in a file's path Spark's list of patterns cannot say, or null. A colon would make the rest a host to it. */
export function unreadablePath(path: string): string | null {
  if (/[\\\r\n]/.test(path)) return 'a backslash or a line break';
  return path.includes(':') ? 'a colon' : null;
}
