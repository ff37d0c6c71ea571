import pMap from 'p-map';
import { FILE_CONCURRENCY } from '../ingest/ingest-deps.ts';
import { processedPath } from '../ingest/ingest-table.ts';
import type { LedgerFile } from '../ledger/records.ts';
import type { FileStore, Place, StoredFile } from '../ports.ts';

/** A file that a batch applied. */
export interface FileOfBatch extends LedgerFile {
  readonly batchId: bigint;
}

/** Where an applied file may be now. */
export interface Candidate {
  readonly place: Place;
  readonly file: StoredFile;
}

/**
 * Where applied files may be, judging by names and sizes: in the processed folder under their batch, there under a name
 * beside it when the name was taken, or still in the incoming folder when a crash came before the move.
 */
export async function listCandidates(store: FileStore): Promise<(applied: FileOfBatch) => Candidate[]> {
  const processed = new Map<string, StoredFile[]>();
  for await (const file of store.list('processed')) {
    const stem = stemOf(file.path);
    const same = processed.get(stem);
    if (same) same.push(file);
    else processed.set(stem, [file]);
  }
  const incoming = new Map<string, StoredFile>();
  for await (const file of store.list('incoming')) incoming.set(file.path, file);
  return (applied) => {
    const path = processedPath(applied.batchId, applied.path);
    const there = (processed.get(stemOf(path)) ?? []).toSorted((a) => (a.path === path ? -1 : 1));
    const waiting = incoming.get(applied.path);
    return [
      ...there.map((file): Candidate => ({ place: 'processed', file })),
      ...(waiting ? [{ place: 'incoming', file: waiting } as const] : []),
    ].filter(({ file }) => file.size === applied.size);
  };
}

/** `7/a.parquet`, `7/a~2.parquet` and `7/a~13.parquet` have one stem. */
function stemOf(path: string): string {
  return path.replace(/~\d+(?=(\.[^./]*)?$)/, '');
}

/** An applied file and where it is. */
export interface Located {
  readonly applied: FileOfBatch;
  readonly place: Place;
  readonly path: string;
}

/** Finds applied files by their content. Order is kept; those whose content is nowhere are named apart. */
export async function locateApplied(
  store: FileStore,
  applied: readonly FileOfBatch[],
): Promise<{ located: Located[]; lost: FileOfBatch[] }> {
  const candidatesOf = await listCandidates(store);
  const found = await pMap(applied, (file) => locateOne(store, file, candidatesOf(file)), {
    concurrency: FILE_CONCURRENCY,
  });
  return {
    located: found.filter((one) => one !== null),
    lost: applied.filter((_, i) => found[i] === null),
  };
}

async function locateOne(
  store: FileStore,
  applied: FileOfBatch,
  candidates: readonly Candidate[],
): Promise<Located | null> {
  for (const { place, file } of candidates) {
    const known = await store.identify(place, file);
    if (known.version === applied.version) return { applied, place, path: file.path };
  }
  return null;
}

/**
 * The store as it was when these files waited: what is asked of the incoming folder is answered from where the files
 * are now. Everything else is the store's own.
 *
 * @param located files of one batch, so that no two have one path
 */
export function storeAsItWas(store: FileStore, located: readonly Located[]): FileStore {
  const now = new Map(located.map((one) => [one.applied.path, one]));
  const at = (place: Place, path: string): readonly [Place, string] => {
    const one = place === 'incoming' ? now.get(path) : undefined;
    return one ? [one.place, one.path] : [place, path];
  };
  return {
    list: (place) => store.list(place),
    identify: (place, file) => store.identify(place, file),
    readRange: (place, path, start, end) => store.readRange(...at(place, path), start, end),
    move: (from, file, to, toPath) => store.move(from, file, to, toPath),
    put: (place, path, content) => store.put(place, path, content),
    read: (place, path) => store.read(place, path),
    remove: (place, path) => store.remove(place, path),
    enginePath: (place, path) => store.enginePath(...at(place, path)),
    location: (place) => store.location(place),
  };
}
