import { parseFileName } from '../changes/file-name.ts';
import type { TableConfig } from '../config/config.ts';
import { generationOf, type Identified } from '../ingest/batch-file.ts';
import { eachFile } from '../ingest/each-file.ts';
import { fileIdentity } from '../ingest/identify-files.ts';
import type { StoredFile } from '../ports.ts';
import type { Workspace } from '../workspace.ts';

/** A waiting file as ingest will see it. */
export interface Attributed {
  readonly file: Identified;
  /** The batch that applied this very file before, or null. */
  readonly appliedIn: bigint | null;
}

/**
 * Says of every waiting file which load it belongs to and whether it was applied before, as ingest will. Order is kept.
 * Only files whose name the ledger knows are read: no other can have been applied or rejected, and their version stays
 * empty.
 */
export async function attributeFiles(
  ws: Workspace,
  table: TableConfig,
  waiting: readonly StoredFile[],
): Promise<Attributed[]> {
  const store = ws.store(table);
  const paths = waiting.map((file) => file.path);
  const generations = await ws.ledger.generations(table.name);
  const applied = await ws.ledger.appliedFiles(table.name, paths);
  const rejectedIn =
    generations.length > 0
      ? await ws.ledger.rejectedGenerations(table.name, paths)
      : new Map<string, number>();
  const batchOf = new Map(applied.map((file) => [fileIdentity(file), file.batchId]));
  const known = new Set([
    ...applied.map((file) => file.path),
    ...[...rejectedIn.keys()].map((key) => key.slice(0, key.indexOf('\u0000'))),
  ]);
  return eachFile(store, waiting, async (listed) => {
    const file = known.has(listed.path) ? await store.identify('incoming', listed) : listed;
    const { fullLoad } = parseFileName(file.path);
    const before = rejectedIn.get(`${file.path}\u0000${file.version}`);
    const load = generationOf({ fullLoad, arrivedAt: file.arrivedAt }, generations, before);
    const identified = { ...file, fullLoad, ...load };
    return { file: identified, appliedIn: batchOf.get(fileIdentity(identified)) ?? null };
  });
}
