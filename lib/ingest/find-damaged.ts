import { columnsSeen } from '../changes/check-columns.ts';
import { FileReadError, FileRejection } from '../errors.ts';
import { renderFileProbe } from '../history/file-checks.ts';
import type { FileStore, SqlSession } from '../ports.ts';
import { type BatchFile, toFileToRead } from './batch-file.ts';
import type { Refused } from './read-files.ts';

/** Reads every column of every file, one file at a time, and names those the engine cannot read. */
export async function findDamaged(
  session: SqlSession,
  store: FileStore,
  table: string,
  files: readonly BatchFile[],
): Promise<Refused<BatchFile>[]> {
  const damaged: Refused<BatchFile>[] = [];
  for (const file of files) {
    try {
      await session.query(renderFileProbe(session.dialect, toFileToRead(store, file)));
    } catch (error) {
      if (!(error instanceof FileReadError)) throw error;
      const reason = new FileRejection(
        'PAGE_DAMAGED',
        `Table ${table}: file ${file.path} has a sound footer but pages that cannot be read (${error.message}). Have the source send it again, or reload the table.`,
        { context: { table, path: file.path }, cause: error, columnsSeen: columnsSeen(file) },
      );
      damaged.push({ file, reason });
    }
  }
  return damaged;
}
