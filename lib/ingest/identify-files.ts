import { parseFileName } from '../changes/file-name.ts';
import type { Generation } from '../ledger/records.ts';
import type { StoredFile } from '../ports.ts';
import { generationOf, type Identified } from './batch-file.ts';
import { eachFile } from './each-file.ts';
import type { IngestDeps } from './ingest-deps.ts';

/** Gives every waiting file its version and its load generation; order is kept. */
export async function identifyFiles(
  deps: IngestDeps,
  files: readonly StoredFile[],
  generations: readonly Generation[],
): Promise<Identified[]> {
  const known = await eachFile(deps.store, files, (file) => deps.store.identify('incoming', file));
  const paths = generations.length > 0 ? known.map((file) => file.path) : [];
  const rejectedIn = await deps.ledger.rejectedGenerations(deps.table.name, paths);
  return known.map((file) => {
    const { fullLoad } = parseFileName(file.path);
    const before = rejectedIn.get(`${file.path}\u0000${file.version}`);
    return {
      ...file,
      fullLoad,
      ...generationOf({ fullLoad, arrivedAt: file.arrivedAt }, generations, before),
    };
  });
}

/** What makes a file the same one for the ledger. */
export function fileIdentity(file: { path: string; version: string; generation: number }): string {
  return `${file.path}\u0000${file.version}\u0000${file.generation}`;
}
