import type { BatchFile, Identified } from './batch-file.ts';
import { eachFile } from './each-file.ts';
import { fileIdentity } from './identify-files.ts';
import type { IngestDeps } from './ingest-deps.ts';
import type { OpenReport } from './report.ts';

/** Where a processed file lies: under the batch that applied it. */
export const processedPath = (batchId: bigint, path: string): string => `${batchId}/${path}`;

/** Moves the files of an applied batch out of the way, oldest first. */
export async function moveProcessed(
  deps: IngestDeps,
  files: readonly BatchFile[],
  batchId: bigint,
): Promise<void> {
  await deps.faults.at('ingest.before-moves');
  await eachFile(deps.store, files, async (file) => {
    await deps.store.move('incoming', file, 'processed', processedPath(batchId, file.path));
    await deps.faults.at('ingest.moved-one');
  });
  await deps.faults.at('ingest.moved-all');
}

/**
 * A file that was applied before is only moved, to where its batch's files are. Returns the others.
 *
 * @param resumed the batch that is taken up again, if one is. Where statements commit one by one its files may be
 * recorded as applied and itself not: they belong to it still, or it would never be told to have been applied.
 */
export async function moveAlreadyApplied(
  deps: IngestDeps,
  files: readonly Identified[],
  report: OpenReport,
  resumed: bigint | null,
): Promise<Identified[]> {
  const applied = await deps.ledger.appliedFiles(
    deps.table.name,
    files.map((file) => file.path),
  );
  const batchOf = new Map(applied.map((file) => [fileIdentity(file), file.batchId]));
  const fresh: Identified[] = [];
  for (const file of files) {
    const batchId = batchOf.get(fileIdentity(file));
    if (batchId === undefined || batchId === resumed) fresh.push(file);
    else {
      await deps.store.move('incoming', file, 'processed', processedPath(batchId, file.path));
      report.alreadyApplied += 1;
    }
  }
  return fresh;
}
