import { isCandidate } from '../changes/file-name.ts';
import type { FileStore, StoredFile } from '../ports.ts';

/** What waits in the incoming folder of a table. */
export interface TableLook {
  readonly table: string;
  readonly files: number;
  /** When the oldest of them arrived; ISO instant, null when nothing waits. */
  readonly oldestAt: string | null;
  /** Files that arrived before the bound, all of them counted. */
  readonly overdueFiles: number;
  /** Some of those. */
  readonly overdue: readonly StoredFile[];
  /** When the newest of those arrived; ISO instant, null when there are none. */
  readonly newestOverdueAt: string | null;
  /** False where the look was broken off: there may be more, and older ones. */
  readonly isWhole: boolean;
}

/** Bounds of one look. */
export interface LookBounds {
  /** ISO instant: what arrived before should have been applied. */
  readonly overdueBefore: string;
  /** Asked now and then; some files are listed in any case. */
  readonly mayGoOn: () => boolean;
}

/** Overdue files that are remembered of a table, to be looked up in the ledger. */
export const OVERDUE_KEPT = 100;

/** Files of one table that are counted; a bucket lists them in the order of their names, which is about that of age. */
const MOST_FILES = 50_000;

/** Files between two questions whether to go on. */
const FILES_PER_QUESTION = 1000;

/** Lists what waits for one table, keeping counts and few names however many files there are. */
export async function lookAtIncoming(
  table: string,
  store: Pick<FileStore, 'list'>,
  { overdueBefore, mayGoOn }: LookBounds,
): Promise<TableLook> {
  let files = 0;
  let overdueFiles = 0;
  let oldestAt: string | null = null;
  let newestOverdueAt: string | null = null;
  let isWhole = true;
  const overdue: StoredFile[] = [];
  for await (const file of store.list('incoming')) {
    if (!isCandidate(file.path)) continue;
    if (files === MOST_FILES || (files > 0 && files % FILES_PER_QUESTION === 0 && !mayGoOn())) {
      isWhole = false;
      break;
    }
    files += 1;
    const { arrivedAt } = file;
    if (oldestAt === null || arrivedAt < oldestAt) oldestAt = arrivedAt;
    if (arrivedAt >= overdueBefore) continue;
    overdueFiles += 1;
    if (overdue.length < OVERDUE_KEPT) overdue.push(file);
    if (newestOverdueAt === null || arrivedAt > newestOverdueAt) newestOverdueAt = arrivedAt;
  }
  return { table, files, oldestAt, overdueFiles, overdue, newestOverdueAt, isWhole };
}
