import type { TableConfig } from '../config/config.ts';
import type { Workspace } from '../workspace.ts';
import { type FoundRejected, findRejected } from './find-rejected.ts';

/** A file in a table's rejected folder and why it is there. */
export interface RejectedEntry {
  /** Path below the rejected folder. */
  readonly path: string;
  readonly size: number;
  /** `UNKNOWN` for a file that ingest did not put there. */
  readonly code: string;
  readonly message: string;
  /** ISO instant, or null when nobody knows. */
  readonly rejectedAt: string | null;
  readonly releasable: true;
}

/** Every rejected file with its reason, by path. Changes nothing. */
export async function listRejected(ws: Workspace, table: TableConfig): Promise<RejectedEntry[]> {
  return (await findRejected(ws, table)).map(toEntry);
}

function toEntry({ file, reason }: FoundRejected): RejectedEntry {
  return {
    path: file.path,
    size: file.size,
    code: reason?.code ?? 'UNKNOWN',
    message:
      reason?.message ??
      `Nothing is recorded about ${file.path}: it has no reason file and ingest did not reject it. Release it to have it ingested, or remove it.`,
    rejectedAt: reason?.rejectedAt ?? null,
    releasable: true,
  };
}
