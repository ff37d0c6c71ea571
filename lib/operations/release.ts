import { parseFileName } from '../changes/file-name.ts';
import type { TableConfig } from '../config/config.ts';
import { TerminalError } from '../errors.ts';
import { generationOf } from '../ingest/batch-file.ts';
import { reasonPath } from '../ingest/reject-file.ts';
import type { Generation, LedgerFile } from '../ledger/records.ts';
import type { Workspace } from '../workspace.ts';
import { type FoundRejected, findRejected } from './find-rejected.ts';

/** A file that waits again. */
export interface ReleasedFile {
  /** Where it was, below the rejected folder. */
  readonly path: string;
  /** Where it is now, below the incoming folder. */
  readonly releasedTo: string;
}

/** Names shown in a message; the rest are counted. */
const NAMES_SHOWN = 20;

/**
 * Puts rejected files, all or the named ones, back to where they waited, for the next ingest. A different file that
 * waits under that name meanwhile stays, and the released one gets a free name beside it. A crash at any point leaves
 * every file in one of the two folders, and the next call goes on. Throws `TerminalError` NOT_REJECTED, before anything
 * moves, when a named file is not there.
 *
 * @param paths as `listRejected` gives them; none at all means all
 */
export async function releaseFiles(
  ws: Workspace,
  table: TableConfig,
  paths?: readonly string[],
): Promise<ReleasedFile[]> {
  const found = await findRejected(ws, table);
  const chosen = paths === undefined ? found : choose(table, found, paths);
  const generations = await ws.ledger.generations(table.name);
  const released: ReleasedFile[] = [];
  for (const rejected of chosen) released.push(await releaseOne(ws, table, rejected, generations));
  return released;
}

function choose(
  table: TableConfig,
  found: readonly FoundRejected[],
  paths: readonly string[],
): FoundRejected[] {
  const byPath = new Map(found.map((rejected) => [rejected.file.path, rejected]));
  const unknown = [...new Set(paths)].filter((path) => !byPath.has(path));
  if (unknown.length === 0) return [...new Set(paths)].map((path) => byPath.get(path)!);
  const there = found.length === 0 ? 'No file is rejected.' : `Rejected are: ${shown([...byPath.keys()])}.`;
  throw new TerminalError(
    'NOT_REJECTED',
    `Table ${table.name}: ${shown(unknown)} is not in the rejected folder. ${there}`,
    { context: { table: table.name, paths: unknown } },
  );
}

function shown(paths: readonly string[]): string {
  const names = paths.slice(0, NAMES_SHOWN).join(', ');
  return paths.length > NAMES_SHOWN ? `${names} and ${paths.length - NAMES_SHOWN} more` : names;
}

/**
 * The reason goes before the file does: a file without a reason is explained by the ledger, but a reason without a file
 * would stay for ever.
 */
async function releaseOne(
  ws: Workspace,
  table: TableConfig,
  rejected: FoundRejected,
  generations: readonly Generation[],
): Promise<ReleasedFile> {
  const store = ws.store(table);
  const file = await store.identify('rejected', rejected.file);
  const recorded = toLedgerFile({ ...rejected, file }, generations);
  await ws.ledger.fileEvent(table.name, recorded, { status: 'released' });
  await ws.faults.at('release.recorded');
  await store.remove('rejected', reasonPath(file.path));
  await ws.faults.at('release.reason-removed');
  const releasedTo = await store.move('rejected', file, 'incoming', rejected.originalPath);
  await ws.faults.at('release.moved');
  // Under another name the ledger must still know which load the file belongs to.
  if (releasedTo !== recorded.path) {
    await ws.ledger.fileEvent(table.name, { ...recorded, path: releasedTo }, { status: 'released' });
  }
  return { path: file.path, releasedTo };
}

function toLedgerFile(
  { file, originalPath, recorded }: FoundRejected,
  generations: readonly Generation[],
): LedgerFile {
  const { fullLoad } = parseFileName(originalPath);
  const arrived = { fullLoad, arrivedAt: file.arrivedAt };
  return {
    path: originalPath,
    version: file.version,
    generation: recorded?.file.generation ?? generationOf(arrived, generations, undefined).generation,
    fullLoad,
    size: file.size,
    rows: null,
    firstCommit: null,
    lastCommit: null,
    arrivedAt: recorded?.file.arrivedAt ?? file.arrivedAt,
  };
}
