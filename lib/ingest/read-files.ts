import type { ChangeFile } from '../changes/change-file.ts';
import { parseFileName } from '../changes/file-name.ts';
import { readFooter } from '../changes/footer.ts';
import { FileRejection } from '../errors.ts';
import type { FileStore, StoredFile } from '../ports.ts';
import { eachFile } from './each-file.ts';

/** A file and why it cannot be applied. */
export interface Refused<T extends StoredFile = StoredFile> {
  readonly file: T;
  readonly reason: FileRejection;
}

/** Reads the footer of every file; order is kept. A file whose footer is unreadable is refused with its reason. */
export async function readChangeFiles<T extends StoredFile>(
  store: FileStore,
  files: readonly T[],
): Promise<{ files: (T & ChangeFile)[]; refused: Refused<T>[] }> {
  const read = await eachFile(files, (file) => readOne(store, file));
  return {
    files: read.flatMap((r) => ('reason' in r ? [] : [r])),
    refused: read.flatMap((r) => ('reason' in r ? [r] : [])),
  };
}

async function readOne<T extends StoredFile>(
  store: FileStore,
  file: T,
): Promise<(T & ChangeFile) | Refused<T>> {
  try {
    assertReadableName(file.path);
    const footer = await readFooter({
      path: file.path,
      size: file.size,
      readRange: (start, end) => store.readRange('incoming', file.path, start, end),
    });
    return { ...file, fullLoad: parseFileName(file.path).fullLoad, footer };
  } catch (error) {
    if (error instanceof FileRejection) return { file, reason: error };
    throw error;
  }
}

/**
 * Engines take a list of paths as patterns, and have no way to say that a backslash or a line break means itself alone.
 * Refused by name, such a file does not keep the others of its batch waiting for ever.
 */
function assertReadableName(path: string): void {
  if (!/[\\\r\n]/.test(path)) return;
  throw new FileRejection(
    'FILE_NAME_UNREADABLE',
    `File ${JSON.stringify(path)} has a backslash or a line break in its name or folder, by which no engine can read it. Rename it, then release it.`,
    { context: { path } },
  );
}
