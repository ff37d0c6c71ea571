import type { ChangeFile } from '../changes/change-file.ts';
import { columnsSeen } from '../changes/check-columns.ts';
import { parseFileName } from '../changes/file-name.ts';
import { readFooter } from '../changes/footer.ts';
import { FileRejection } from '../errors.ts';
import type { Dialect, FileStore, StoredFile } from '../ports.ts';
import { eachFile } from './each-file.ts';

/** A file and why it cannot be applied. */
export interface Refused<T extends StoredFile = StoredFile> {
  readonly file: T;
  readonly reason: FileRejection;
}

/**
 * Reads the footer of every file; order is kept. A file whose footer is unreadable, or of whose name or columns the
 * engine can make nothing, is refused with its reason: it must not keep the others of its batch waiting for ever.
 */
export async function readChangeFiles<T extends StoredFile>(
  store: FileStore,
  dialect: Dialect,
  files: readonly T[],
): Promise<{ files: (T & ChangeFile)[]; refused: Refused<T>[] }> {
  const read = await eachFile(store, files, (file) => readOne(store, dialect, file));
  return {
    files: read.flatMap((r) => ('reason' in r ? [] : [r])),
    refused: read.flatMap((r) => ('reason' in r ? [r] : [])),
  };
}

async function readOne<T extends StoredFile>(
  store: FileStore,
  dialect: Dialect,
  file: T,
): Promise<(T & ChangeFile) | Refused<T>> {
  try {
    assertReadableName(dialect, file.path);
    const footer = await readFooter({
      path: file.path,
      size: file.size,
      readRange: (start, end) => store.readRange('incoming', file.path, start, end),
    });
    const read = { ...file, fullLoad: parseFileName(file.path).fullLoad, footer };
    assertReadableColumns(dialect, read);
    return read;
  } catch (error) {
    if (error instanceof FileRejection) return { file, reason: error };
    throw error;
  }
}

function assertReadableName(dialect: Dialect, path: string): void {
  const problem = dialect.unreadablePath(path);
  if (problem === null) return;
  throw new FileRejection(
    'FILE_NAME_UNREADABLE',
    `File ${JSON.stringify(path)} has ${problem} in its name or folder, by which the engine cannot read it. Rename it, then release it.`,
    { context: { path } },
  );
}

function assertReadableColumns(dialect: Dialect, file: ChangeFile): void {
  for (const column of file.footer.columns) {
    const problem = dialect.unreadable(column);
    if (problem === null) continue;
    throw new FileRejection(
      'COLUMN_UNREADABLE',
      `File ${JSON.stringify(file.path)}: column ${JSON.stringify(column.name)} cannot be read: ${problem}.`,
      { context: { path: file.path, column: column.name }, columnsSeen: columnsSeen(file) },
    );
  }
}
