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
