import pMap from 'p-map';
import type { TableConfig } from '../config/config.ts';
import { TransientError } from '../errors.ts';
import type { HistoryTable } from '../history/history-table.ts';
import { chooseSlice, renderSlice } from '../history/key-slice.ts';
import { FILE_CONCURRENCY } from '../ingest/ingest-deps.ts';
import { processedPath } from '../ingest/ingest-table.ts';
import { findHistory } from '../open-history.ts';
import type { FileStore, Place } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import {
  checkHistory,
  checkRejected,
  checkTable,
  processedCheck,
  toReport,
  type VerifyCheck,
  type VerifyReport,
} from './verify.ts';

/** How much of a table is looked at. */
export interface VerifySample {
  /** About how many rows the invariants are held against; whole keys are taken, so it may be more. */
  readonly maxRows: number;
  /** Files of the newest batch that are looked for. */
  readonly maxFiles: number;
  /** Hexadecimal digits that choose the keys: others each time. */
  readonly digits: string;
}

/**
 * The checks of `verifyTable` on a part of a table, in bounded memory and with work bounded by the part but for one pass
 * over the keys: a slice of the keys with all of their rows, and files of the newest batch. What it finds is broken; that
 * it finds nothing says little about the rest.
 */
export async function verifySample(
  ws: Workspace,
  table: TableConfig,
  sample: VerifySample,
): Promise<VerifyReport> {
  const history = await findHistory(ws, table);
  return toReport(table, [
    await checkTable(ws, table, history),
    ...(history ? await checkSlice(ws, table, history, sample) : []),
    await checkNewestFiles(ws, table, sample.maxFiles),
    await checkRejected(ws, table),
  ]);
}

async function checkSlice(
  ws: Workspace,
  table: TableConfig,
  history: HistoryTable,
  { maxRows, digits }: VerifySample,
): Promise<VerifyCheck[]> {
  const { engine } = ws;
  const { dialect } = engine;
  const count = dialect.toText('count(*)', { kind: 'int', bits: 64 });
  const [row] = await engine.query(`select ${count}\nfrom ${dialect.tableName(history.ref)}`);
  const slice = chooseSlice(Number(row![0]), maxRows, digits);
  return checkHistory(ws, table, history, renderSlice(dialect, history, slice));
}

async function checkNewestFiles(ws: Workspace, table: TableConfig, maxFiles: number): Promise<VerifyCheck> {
  const newest = await ws.ledger.newest(table.name);
  if (newest === null) return processedCheck(0);
  const files = await ws.ledger.appliedIn(table.name, newest.batchId);
  const store = ws.store(table);
  const found = await pMap(files.slice(0, maxFiles), (file) => isThere(store, newest.batchId, file.path), {
    concurrency: FILE_CONCURRENCY,
  });
  return processedCheck(found.filter((there) => !there).length);
}

/** By name alone: where its move puts it, or still waiting. */
async function isThere(store: FileStore, batchId: bigint, path: string): Promise<boolean> {
  return (
    (await holds(store, 'processed', processedPath(batchId, path))) || (await holds(store, 'incoming', path))
  );
}

async function holds(store: FileStore, place: Place, path: string): Promise<boolean> {
  try {
    await store.readRange(place, path, 0, 1);
    return true;
  } catch (error) {
    if (error instanceof TransientError && error.code === 'FILE_VANISHED') return false;
    throw error;
  }
}
