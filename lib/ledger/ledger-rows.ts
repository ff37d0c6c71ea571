import type { TextRow } from '../ports.ts';
import { toNumber } from './ledger-io.ts';
import type { LedgerValue } from './ledger-tables.ts';
import type { BatchKind, BatchRecord, LedgerFile } from './records.ts';

/** What `parseFile` reads, in order. */
export const FILE_COLUMNS = [
  'path',
  'version',
  'generation',
  'full_load',
  'size',
  'rows',
  'first_commit',
  'last_commit',
  'arrived_at',
] as const;

/** What `parseBatch` reads, in order. */
export const BATCH_COLUMNS = [
  'batch_id',
  'kind',
  'files',
  'rows',
  'last_commit',
  'reload_instant',
  'recorded_at',
] as const;

/** Files as rows of the ledger, each with what they have in common. */
export function fileRows(
  files: readonly LedgerFile[],
  common: Record<string, LedgerValue>,
): Record<string, LedgerValue>[] {
  return files.map((file) => ({
    path: file.path,
    version: file.version,
    generation: file.generation,
    full_load: file.fullLoad,
    size: file.size,
    rows: file.rows,
    first_commit: file.firstCommit,
    last_commit: file.lastCommit,
    arrived_at: file.arrivedAt,
    ...common,
  }));
}

export function parseFile(row: TextRow): LedgerFile {
  return {
    path: row[0]!,
    version: row[1]!,
    generation: toNumber(row[2]),
    fullLoad: row[3] === 'true',
    size: toNumber(row[4]),
    rows: row[5] === null ? null : toNumber(row[5]),
    firstCommit: row[6] ?? null,
    lastCommit: row[7] ?? null,
    arrivedAt: row[8]!,
  };
}

export function parseBatch(row: TextRow): BatchRecord {
  return {
    batchId: BigInt(row[0]!),
    kind: row[1] as BatchKind,
    files: toNumber(row[2]),
    rows: toNumber(row[3]),
    lastCommit: row[4] ?? null,
    reloadInstant: row[5] ?? null,
    recordedAt: row[6]!,
  };
}
