import pMap from 'p-map';
import type { TableConfig } from '../config/config.ts';
import { FILE_CONCURRENCY } from '../ingest/ingest-deps.ts';
import { reasonPath } from '../ingest/reject-file.ts';
import type { Rejection } from '../ledger/records.ts';
import type { FileStore, StoredFile } from '../ports.ts';
import type { Workspace } from '../workspace.ts';

/** A file in the rejected folder with everything known about it. */
export interface FoundRejected {
  /** Where it is now; the version is known unless its reason file already tells all. */
  readonly file: StoredFile;
  /** Where it lay in the incoming folder. */
  readonly originalPath: string;
  /** Null when neither its reason file nor the ledger says. */
  readonly reason: { readonly code: string; readonly message: string; readonly rejectedAt: string } | null;
  /** What the ledger says of it. */
  readonly recorded: Rejection | null;
}

/** What `<file>.reason.json` says, as far as it is needed here. */
interface Reason {
  readonly file: string;
  readonly version: string;
  readonly code: string;
  readonly message: string;
  readonly rejectedAt: string;
}

/** True for a file that explains another one. */
const isReason = (path: string): boolean => path.endsWith('.reason.json');

/** Every file in the rejected folder but the reason files, by path. */
export async function listRejectedFiles(store: FileStore): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for await (const file of store.list('rejected')) if (!isReason(file.path)) files.push(file);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Every rejected file with its reason: from the file beside it, else, where a crash came between, from the ledger. A
 * file that a person put there has none.
 */
export async function findRejected(ws: Workspace, table: TableConfig): Promise<FoundRejected[]> {
  const store = ws.store(table);
  const files = await listRejectedFiles(store);
  if (files.length === 0) return [];
  const rejections = await ws.ledger.rejections(table.name);
  return pMap(files, (file) => explain(store, file, rejections), { concurrency: FILE_CONCURRENCY });
}

async function explain(
  store: FileStore,
  file: StoredFile,
  rejections: readonly Rejection[],
): Promise<FoundRejected> {
  const reason = parseReason(await store.read('rejected', reasonPath(file.path)));
  if (reason) {
    const recorded = rejections.findLast(
      (r) => r.file.path === reason.file && r.file.version === reason.version,
    );
    return { file, originalPath: reason.file, reason, recorded: recorded ?? null };
  }
  const known = await store.identify('rejected', file);
  const same = rejections.filter((r) => r.file.version === known.version);
  // A move that found the name taken gives the file another one, so the content decides before the name does.
  const recorded = same.findLast((r) => r.file.path === file.path) ?? same.at(-1) ?? null;
  return { file: known, originalPath: recorded?.file.path ?? file.path, reason: recorded, recorded };
}

function parseReason(text: string | null): Reason | null {
  if (text === null) return null;
  try {
    const read: unknown = JSON.parse(text);
    return isReasonShape(read) ? read : null;
  } catch {
    return null;
  }
}

function isReasonShape(read: unknown): read is Reason {
  if (typeof read !== 'object' || read === null) return false;
  const fields = read as Record<string, unknown>;
  return ['file', 'version', 'code', 'message', 'rejectedAt'].every(
    (name) => typeof fields[name] === 'string',
  );
}
