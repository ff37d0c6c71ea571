import type { FileColumn } from '../../changes/change-file.ts';
import { nameProblem } from './quote.ts';

const READS_NO = 'Databricks and Spark read no';

/**
 * Why the server cannot read a column of a change file, or null where it can. A type it does not know is enough that
 * it reads nothing of the file.
 */
export function unreadableColumn({ name, type, nanos }: FileColumn): string | null {
  const problem = nameProblem(name);
  if (problem !== null) return `its name ${problem}; rename it`;
  if (name.toLowerCase() === '_metadata')
    return 'the server uses this name for what it knows of a file; rename it';
  if (type.kind === 'time') return `${READS_NO} time of day from parquet; have it written as text`;
  if (type.kind === 'uuid') return `${READS_NO} parquet UUID; have it written as text`;
  return nanos ? `${READS_NO} nanoseconds from parquet; have it written in microseconds` : null;
}

/** What in a file's path Spark's list of patterns cannot say, or null. A colon would make the rest a host to it. */
export function unreadablePath(path: string): string | null {
  if (/[\\\r\n]/.test(path)) return 'a backslash or a line break';
  return path.includes(':') ? 'a colon' : null;
}
