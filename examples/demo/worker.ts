import { setTimeout as sleep } from 'node:timers/promises';
import { type Capture, startCapture } from '../../lib/capture/start-capture.ts';
import type { TableConfig } from '../../lib/config/config.ts';
import { loadConfig } from '../../lib/config/load-config.ts';
import { runExport } from '../../lib/export/run-export.ts';
import { historyRef } from '../../lib/history/history-table.ts';
import { renderRowCounts } from '../../lib/history/read-rows.ts';
import { listWaiting } from '../../lib/ingest/ingest-table.ts';
import { ingestTables } from '../../lib/ingest/ingest-tables.ts';
import type { TableReport } from '../../lib/ingest/report.ts';
import { findHolder, unlockTable } from '../../lib/operations/unlock.ts';
import { openWorkspace } from '../../lib/open-workspace.ts';
import type { Workspace } from '../../lib/workspace.ts';
import { sendOn } from './send-on.ts';
import { FINISH, type TableNews, type WorkerMessage, type WorkerTask } from './worker-messages.ts';

/** One process that captures, ingests and exports until it is told to finish, or killed. */

const POLL_MS = 50;
let finishing = false;
process.on('message', (message) => {
  if (message === FINISH) finishing = true;
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit(1));

try {
  await work(JSON.parse(process.argv[2] ?? '') as WorkerTask);
  await tell({ kind: 'finished' });
} catch (error) {
  await tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
}
process.disconnect();

async function work(task: WorkerTask): Promise<void> {
  const { config } = await loadConfig(task.configPath);
  const ws = await openWorkspace(config);
  try {
    await takeOver(ws);
    const capture = await startCapture({
      config,
      source: process.env.TIDEMARK_SOURCE_URL ?? '',
      root: task.root,
      intervalMs: task.captureMs,
    });
    await tell({ kind: 'capturing' });
    await followSource(ws, task, capture).finally(() => capture.stop());
  } finally {
    await ws.close();
  }
}

/** A worker that was killed may have left claims, which this machine can tell are nobody's. */
async function takeOver(ws: Workspace): Promise<void> {
  for (const table of ws.config.tables) {
    const holder = await findHolder(ws, table);
    if (holder && !holder.alive) await unlockTable(ws, table, holder.claim);
  }
}

async function followSource(ws: Workspace, task: WorkerTask, capture: Capture): Promise<void> {
  const broken = capture.ended.then(() => null);
  const newest = new Map<string, number>();
  let due = { ingest: 0, export: Date.now() + (task.exportMs ?? 0) };
  for (let last = false; !last; ) {
    await Promise.race([sleep(POLL_MS), broken]);
    last = finishing;
    if (last) await capture.idle();
    if (last || Date.now() >= due.ingest) {
      if (await ingest(ws, task, newest)) due = { ...due, ingest: Date.now() + task.ingestMs };
    }
    if (task.exportMs !== null && (last || Date.now() >= due.export)) {
      await exportAll(ws, newest);
      due = { ...due, export: Date.now() + task.exportMs };
    }
  }
}

/** Takes in all that waits. Returns false where nothing did. */
async function ingest(ws: Workspace, task: WorkerTask, newest: Map<string, number>): Promise<boolean> {
  if (task.uploads) await sendOn(ws.config, task.root);
  const waiting: TableConfig[] = [];
  for (const table of ws.config.tables) {
    const files = await listWaiting({ store: ws.store(table) });
    if (files.length > 0) waiting.push(table);
  }
  if (waiting.length === 0) return false;
  await tell({ kind: 'ingesting' });
  const news: TableNews[] = [];
  for (const report of await ingestTables(waiting, ws.ingestDeps)) {
    assertWell(report);
    if (report.lagSeconds !== null) newest.set(report.table, Date.now() / 1000 - report.lagSeconds);
    news.push({ table: report.table, ...(await countRows(ws, report.table)), lagSeconds: report.lagSeconds });
  }
  await tell({ kind: 'ingested', tables: news });
  return true;
}

function assertWell({ table, error, rejected }: TableReport): void {
  if (error) throw error;
  const [file] = rejected;
  if (file) throw new Error(`A file of ${table} was rejected: ${file.message}`);
}

async function countRows(ws: Workspace, name: string): Promise<{ versions: number; current: number }> {
  const table = ws.table(name);
  const { current } = table.historyColumns;
  const [row] = await ws.engine.query(
    renderRowCounts(ws.engine.dialect, historyRef(ws.config, table), current),
  );
  return { versions: Number(row?.[0]), current: Number(row?.[1]) };
}

/** @param newest by table, the newest commit in its history, in seconds since 1970; those that were sent are taken out */
async function exportAll(ws: Workspace, newest: Map<string, number>): Promise<void> {
  const [settings] = ws.config.exports;
  if (!settings || newest.size === 0) return;
  const reports = await runExport(ws, settings);
  for (const { error } of reports) if (error) throw error;
  const now = Date.now() / 1000;
  const tables = reports.map(({ table }) => {
    const commit = newest.get(table);
    return { table, lagSeconds: commit === undefined ? null : Math.max(0, now - commit) };
  });
  newest.clear();
  await tell({ kind: 'exported', tables });
}

function tell(message: WorkerMessage): Promise<void> {
  return new Promise((settle) => {
    if (process.send) process.send(message, () => settle());
    else settle();
  });
}
