import type { ChangeFile } from '../changes/change-file.ts';
import type { FileToRead } from '../history/read-changes.ts';
import type { Generation, LedgerFile } from '../ledger/records.ts';
import type { FileStore } from '../ports.ts';

/** A change file of a batch with the load generation it belongs to. */
export interface BatchFile extends ChangeFile {
  /** 0 is the first load. CDC files are always 0: they belong to no load. */
  readonly generation: number;
  /** The generation's instant, for a file of a reload. */
  readonly reloadedAt: string | null;
}

/** A file with its version and generation known, its footer not yet. */
export type Identified = Omit<BatchFile, 'footer'>;

/** What the checks learned of a file's rows. */
export interface FileFacts {
  readonly rows: number;
  readonly inserts: number;
  readonly firstCommit: string | null;
  readonly lastCommit: string | null;
  /** Updates that change a key. */
  readonly keyChanges: number;
}

/**
 * The load generation of a file: the one it was rejected in, if it was; else the newest reload that had been requested
 * when it arrived. A file that is not a full load has none.
 */
export function generationOf(
  file: { fullLoad: boolean; arrivedAt: string },
  generations: readonly Generation[],
  rejectedIn: number | undefined,
): { generation: number; reloadedAt: string | null } {
  if (!file.fullLoad) return { generation: 0, reloadedAt: null };
  const started = generations.filter((g) => g.status !== 'cancelled');
  const found =
    rejectedIn === undefined
      ? started.filter((g) => g.instant <= file.arrivedAt).at(-1)
      : started.find((g) => g.generation === rejectedIn);
  return { generation: found?.generation ?? 0, reloadedAt: found?.instant ?? null };
}

export function toFileToRead(store: FileStore, file: BatchFile): FileToRead {
  return {
    enginePath: store.enginePath('incoming', file.path),
    columns: file.footer.columns,
    reloadedAt: file.reloadedAt,
  };
}

export function toLedgerFile(file: Identified, facts?: FileFacts): LedgerFile {
  return {
    path: file.path,
    version: file.version,
    generation: file.generation,
    fullLoad: file.fullLoad,
    size: file.size,
    rows: facts?.rows ?? null,
    firstCommit: facts?.firstCommit ?? null,
    lastCommit: facts?.lastCommit ?? null,
    arrivedAt: file.arrivedAt,
  };
}
