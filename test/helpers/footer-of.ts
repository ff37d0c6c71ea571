import { readFile } from 'node:fs/promises';
import type { FileFooter } from '../../lib/changes/change-file.ts';
import { readFooter } from '../../lib/changes/footer.ts';

/** What the footer of a local parquet file tells. */
export async function footerOf(path: string): Promise<FileFooter> {
  const bytes = await readFile(path);
  return await readFooter({
    path,
    size: bytes.length,
    readRange: async (start, end) => bytes.subarray(start, end),
  });
}
