import type { FileColumn } from '../changes/change-file.ts';
import type { Dialect } from '../ports.ts';
import { includesName } from './history-table.ts';
import { type FileKey, fileKeyCondition } from './key-condition.ts';

/** Files of the same columns in which to look for a key. */
export interface FilesToSearch {
  readonly enginePaths: readonly string[];
  /** Columns of every file. */
  readonly columns: readonly FileColumn[];
  readonly keys: readonly FileKey[];
}

/**
 * Rows of (engine path, how many rows of it have the key or had it before the change), as text; a file without any has
 * no row.
 */
export function renderFindKey(dialect: Dialect, { enginePaths, columns, keys }: FilesToSearch): string {
  const names = columns.map((column) => column.name);
  let file = '__file';
  while (includesName(names, file)) file = `_${file}`;
  const name = dialect.quoteIdentifier(file);
  return [
    `select ${dialect.toText(name, { kind: 'string' })}, ${dialect.toText('count(*)', { kind: 'int', bits: 64 })}`,
    `from ${dialect.readFiles(enginePaths, columns, file)}`,
    `where ${fileKeyCondition(dialect, keys)}`,
    `group by ${name}`,
  ].join('\n');
}
