import pMap, { pMapSkip } from 'p-map';
import type { FileStore } from '../ports.ts';
import { FILE_CONCURRENCY } from './ingest-deps.ts';

/**
 * Does the same with every file, several at a time; results are in the order of the files. When one fails no other is
 * begun, and its error is thrown once nothing is under way any more: whoever comes next finds every file at rest.
 *
 * @param store where the files are, which says how many at a time
 */
export async function eachFile<T, R>(
  { filesAtOnce = FILE_CONCURRENCY }: Pick<FileStore, 'filesAtOnce'>,
  files: readonly T[],
  work: (file: T) => Promise<R>,
): Promise<R[]> {
  const errors: unknown[] = [];
  const results = await pMap(
    files,
    async (file) => {
      if (errors.length > 0) return pMapSkip;
      try {
        return await work(file);
      } catch (error) {
        errors.push(error);
        return pMapSkip;
      }
    },
    { concurrency: filesAtOnce },
  );
  if (errors.length > 0) throw errors[0];
  return results;
}
