import type { BatchConfig } from '../config/config.ts';
import { parseFileName } from './file-name.ts';

/**
 * Takes the oldest files, in order, up to both bounds; at least one, however large. A batch that begins with
 * full-load files holds nothing else, so that a first load stays a plain insert.
 *
 * @param files in the order of `compareChangeFiles`; an empty list gives an empty batch
 */
export function chooseBatch<T extends { readonly path: string; readonly size: number }>(
  files: readonly T[],
  { maxFiles, maxBytes }: BatchConfig,
): { batch: T[]; rest: T[] } {
  const fullLoad = files[0] !== undefined && parseFileName(files[0].path).fullLoad;
  let bytes = 0;
  let count = 0;
  for (const file of files) {
    bytes += file.size;
    if (count > 0 && (count >= maxFiles || bytes > maxBytes)) break;
    if (fullLoad && !parseFileName(file.path).fullLoad) break;
    count += 1;
  }
  return { batch: files.slice(0, count), rest: files.slice(count) };
}
