import { chooseBatch } from '../changes/choose-batch.ts';
import { type SchemaPlan, planSchema } from '../changes/plan-schema.ts';
import { storageTypeOf } from '../changes/type-fit.ts';
import type { Column } from '../config/column-type.ts';
import type { TableConfig } from '../config/config.ts';
import type { FileRejection } from '../errors.ts';
import { bookkeepingColumns } from '../history/table-definition.ts';
import type { BatchFile } from '../ingest/batch-file.ts';
import { fileIdentity, identifyFiles } from '../ingest/identify-files.ts';
import { listWaiting } from '../ingest/ingest-table.ts';
import { assertSameSettings } from '../history/history-settings.ts';
import { historyRef, historyTable } from '../history/history-table.ts';
import { isEmpty } from '../ingest/prepare-history.ts';
import { readChangeFiles } from '../ingest/read-files.ts';
import type { StoredFile } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import { attributeFiles } from './attribute-files.ts';
import { describeBatch, type PlannedBatch } from './planned-batch.ts';

export type { PlannedBatch, PlannedColumn, PlannedFile, PlannedSchema, PlannedSql } from './planned-batch.ts';

/** What ingest would do to one table now. Plain JSON. */
export interface TablePlan {
  readonly table: string;
  readonly waiting: number;
  readonly waitingBytes: number;
  /** Files that were applied before and would only be moved. */
  readonly alreadyApplied: readonly string[];
  /** A batch that was started and not ended; `missing` are its files that are gone. */
  readonly startedBatch: {
    readonly id: string;
    readonly files: readonly string[];
    readonly missing: readonly string[];
  } | null;
  readonly batches: readonly PlannedBatch[];
  /** Files that would be rejected for what their footers show; their rows may show more. */
  readonly rejections: readonly { readonly path: string; readonly code: string; readonly message: string }[];
}

/** The history as it would be after the batches planned so far. */
interface Ahead {
  columns: readonly Column[] | null;
  empty: boolean;
  batchId: bigint;
}

interface OpenPlan {
  readonly alreadyApplied: string[];
  readonly batches: PlannedBatch[];
  readonly rejections: { path: string; code: string; message: string }[];
}

/**
 * What the next ingest would do to one table, batch by batch, with the SQL as it would run. Reads names, footers and the
 * ledger; changes nothing, so it works on an engine that was opened for reading. What only the rows of a file show, a
 * null key or a damaged page, is not foreseen. Throws `TerminalError` HISTORY_SETTINGS_CHANGED as ingest would.
 */
export async function planTable(ws: Workspace, table: TableConfig): Promise<TablePlan> {
  const waiting = await listWaiting({ store: ws.store(table) });
  const ref = historyRef(ws.config, table);
  const columns = await ws.engine.columns(ref);
  const head = await ws.ledger.head(table.name);
  if (columns) assertSameSettings(table, head?.settings ?? null);
  const ahead: Ahead = {
    columns,
    empty: columns === null || (await isEmpty(ws.engine, ref)),
    batchId: head?.batchId ?? 0n,
  };
  const plan: OpenPlan = { alreadyApplied: [], batches: [], rejections: [] };
  const { startedBatch, rest } = await planStarted(ws, table, waiting, ahead, plan);
  await planRest(ws, table, rest, ahead, plan);
  return {
    table: table.name,
    waiting: waiting.length,
    waitingBytes: waiting.reduce((sum, file) => sum + file.size, 0),
    startedBatch,
    ...plan,
  };
}

/** The batch begun last is brought to its end first: with its own id, or, once it ended, what it left behind. */
async function planStarted(
  ws: Workspace,
  table: TableConfig,
  waiting: readonly StoredFile[],
  ahead: Ahead,
  plan: OpenPlan,
): Promise<{ startedBatch: TablePlan['startedBatch']; rest: readonly StoredFile[] }> {
  const last = await ws.ledger.lastStarted(table.name);
  if (!last || last.kind === 'reload-close') return { startedBatch: null, rest: waiting };
  const names = new Set(last.files.map((file) => file.path));
  const wanted = new Set(last.files.map(fileIdentity));
  const named = waiting.filter((file) => names.has(file.path));
  const generations = await ws.ledger.generations(table.name);
  const identified = await identifyFiles(ws.ingestDeps(table), named, generations);
  const mine = identified.filter((file) => wanted.has(fileIdentity(file)));
  if (last.ended && mine.length === 0) return { startedBatch: null, rest: waiting };
  const id = last.ended ? ahead.batchId + 1n : last.batchId;
  const applied = await planBatchOf(ws, table, mine, { ahead, plan, id, resumed: !last.ended });
  if (applied && last.ended) ahead.batchId = id;
  const there = new Set(mine.map((file) => file.path));
  const rest = waiting.filter((file) => !there.has(file.path));
  if (last.ended) return { startedBatch: null, rest };
  const missing = [...names].filter((path) => !there.has(path)).sort();
  return { startedBatch: { id: String(id), files: [...there], missing }, rest };
}

async function planRest(
  ws: Workspace,
  table: TableConfig,
  waiting: readonly StoredFile[],
  ahead: Ahead,
  plan: OpenPlan,
): Promise<void> {
  let rest = waiting;
  while (rest.length > 0) {
    const chosen = chooseBatch(rest, table.batch);
    rest = chosen.rest;
    const id = ahead.batchId + 1n;
    const applied = await planBatchOf(ws, table, chosen.batch, { ahead, plan, id, resumed: false });
    if (applied) ahead.batchId = id;
  }
}

/** Plans one batch, moving `ahead` and `plan` on. True when a file of it would be applied. */
async function planBatchOf(
  ws: Workspace,
  table: TableConfig,
  waiting: readonly StoredFile[],
  { ahead, plan, id, resumed }: { ahead: Ahead; plan: OpenPlan; id: bigint; resumed: boolean },
): Promise<boolean> {
  const attributed = await attributeFiles(ws, table, waiting);
  plan.alreadyApplied.push(...attributed.filter((a) => a.appliedIn !== null).map(({ file }) => file.path));
  const fresh = attributed.filter((a) => a.appliedIn === null).map(({ file }) => file);
  const read = await readChangeFiles(ws.store(table), ws.engine.dialect, fresh);
  for (const { file, reason } of read.refused) plan.rejections.push(rejection(file.path, reason));
  const { files, schema, rejected } = fitFiles(table, ahead.columns, read.files);
  plan.rejections.push(...rejected);
  if (files.length === 0) return false;
  const history = historyTable(ws.config, table, schema.columns);
  plan.batches.push(
    describeBatch(ws.engine.dialect, ws.store(table), {
      table: history,
      schema,
      exists: ahead.columns !== null,
      empty: ahead.empty,
      files,
      id,
      resumed,
    }),
  );
  const stored = history.columns.map(({ name, type }) => ({ name, type: storageTypeOf(type) }));
  ahead.columns = [...stored, ...bookkeepingColumns(table)];
  ahead.empty = ahead.empty && files.every((file) => file.footer.rows === 0);
  return true;
}

/** Files that fit the schema, and the schema as those alone make it. */
function fitFiles(
  table: TableConfig,
  existing: readonly Column[] | null,
  files: readonly BatchFile[],
): { files: readonly BatchFile[]; schema: SchemaPlan; rejected: OpenPlan['rejections'] } {
  const rejected: OpenPlan['rejections'] = [];
  let left = files;
  for (;;) {
    const schema = planSchema(table, existing, left);
    if (schema.rejected.length === 0) return { files: left, schema, rejected };
    rejected.push(...schema.rejected.map(({ file, reason }) => rejection(file.path, reason)));
    const bad = new Set(schema.rejected.map(({ file }) => file.path));
    left = left.filter((file) => !bad.has(file.path));
  }
}

const rejection = (path: string, { code, message }: FileRejection) => ({ path, code, message });
