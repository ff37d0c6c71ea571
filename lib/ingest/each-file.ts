import pMap, { pMapSkip } from 'p-map';
import { FILE_CONCURRENCY } from './ingest-deps.ts';

/**
 * Does the same with every file, several at a time; results are in the order of the files. When one fails no other is
 * begun, and its error is thrown once nothing is under way any more: whoever comes next finds every file at rest.
 */
export async function eachFile<T, R>(files: readonly T[], work: (file: T) => Promise<R>): Promise<R[]> {
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
    { concurrency: FILE_CONCURRENCY },
  );
  if (errors.length > 0) throw errors[0];
  return results;
}
