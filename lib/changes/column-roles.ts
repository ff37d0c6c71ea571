import type { TableConfig } from '../config/config.ts';
import type { FileColumn } from './change-file.ts';
import { foldColumnName } from './column-name.ts';

/** The columns of one change file by what they are for. Names are matched without case, types are the file's. */
export interface ColumnRoles {
  readonly op: FileColumn | null;
  readonly commitTime: FileColumn | null;
  readonly changeSeq: FileColumn | null;
  /** By key, as the config spells it. */
  readonly keys: ReadonlyMap<string, FileColumn | null>;
  /** Before images of keys, by key as the config spells it; only those the file has. */
  readonly beforeImages: ReadonlyMap<string, FileColumn>;
  /** What the history keeps, keys included, in file order. */
  readonly source: readonly FileColumn[];
}

/**
 * Sorts the columns of a file by role. A before image is a column named prefix + key. The operation, commit time and
 * change sequence columns are never kept in the history, not even where the table does not use the last of them.
 */
export function columnRoles(table: TableConfig, columns: readonly FileColumn[]): ColumnRoles {
  const byName = new Map(columns.map((column) => [foldColumnName(column.name), column]));
  const find = (name: string): FileColumn | null => byName.get(foldColumnName(name)) ?? null;
  const { op, commitTime, changeSeq, beforeImagePrefix: prefix } = table.changeColumns;

  const beforeImages = new Map<string, FileColumn>();
  for (const key of table.keys) {
    const column = prefix === '' ? null : find(`${prefix}${key}`);
    if (column) beforeImages.set(key, column);
  }
  const carried = new Set([find(op), find(commitTime), find(changeSeq), ...beforeImages.values()]);
  return {
    op: find(op),
    commitTime: find(commitTime),
    changeSeq: find(changeSeq),
    keys: new Map(table.keys.map((key) => [key, find(key)])),
    beforeImages,
    source: columns.filter((column) => !carried.has(column)),
  };
}
