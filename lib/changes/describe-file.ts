import type { StoredFile } from '../ports.ts';
import type { ChangeFile } from './change-file.ts';
import { parseFileName } from './file-name.ts';
import { readFooter } from './footer.ts';

/**
 * A stored file with what its name and footer say. Reads the end of the file only. Throws what `readFooter` throws.
 *
 * @param readRange bytes `[start, end)` of this file
 */
export async function describeFile(
  file: StoredFile,
  readRange: (start: number, end: number) => Promise<Uint8Array>,
): Promise<ChangeFile> {
  const footer = await readFooter({ path: file.path, size: file.size, readRange });
  return { ...file, fullLoad: parseFileName(file.path).fullLoad, footer };
}
