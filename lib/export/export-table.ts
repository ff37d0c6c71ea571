import type { ExportConfig, TableConfig } from '../config/config.ts';
import { exportColumns, exportKeys } from '../history/export-rows.ts';
import type { SnapshotLoad, SnapshotSpec, SnapshotTarget } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import { type ExportJob, inTargetCase } from './export-job.ts';
import { assertNothingErased, pinHistory } from './pin-history.ts';
import { type ExportPlan, exportConfigHash, planExport } from './plan-export.ts';
import { sendRows } from './send-rows.ts';
import { targetTableName } from './target-table.ts';

/** Which snapshot to send, and where. */
export interface ExportOptions {
  /** Instant of a snapshot of the past; null or absent is the current one. */
  readonly asOf?: string | null;
  /** Put a snapshot of the past into the table itself. */
  readonly replace?: boolean;
  readonly onProgress?: (progress: { table: string; rows: number }) => void;
}

/** What an export of one table did. */
export interface TableExport {
  /** `schema.table` in the target. */
  readonly target: string;
  readonly mode: 'full' | 'delta';
  /** Why all rows were sent where `incremental` is asked for. */
  readonly reason: string | null;
  /** Rows sent. */
  readonly rows: number;
  readonly upserted: number;
  readonly removed: number;
  readonly unchanged: number;
  readonly batchId: string;
}

/**
 * Sends one table's snapshot to a target and publishes it in one visible step. On any error the target is as it was.
 * Throws `TerminalError` NO_HISTORY_YET before the first batch was applied; a table that `setup` took over is sent before.
 */
export async function exportTable(
  ws: Workspace,
  settings: ExportConfig,
  target: SnapshotTarget,
  config: TableConfig,
  options: ExportOptions = {},
): Promise<TableExport> {
  const asOf = options.asOf ?? null;
  const targetTable = targetTableName(
    config.name,
    asOf,
    options.replace ?? false,
    ws.config.tables.map(({ name }) => name),
  );
  return ws.engine.pinned(async (session, relationOf) => {
    const pinned = await pinHistory(ws, session, relationOf, config);
    const job: ExportJob = {
      ws,
      settings,
      target,
      pinned,
      asOf,
      targetTable,
      configHash: exportConfigHash(settings, config, exportKeys(pinned.table)),
      progress: (rows) => options.onProgress?.({ table: config.name, rows }),
    };
    return runJob(job);
  });
}

async function runJob(job: ExportJob): Promise<TableExport> {
  const { ws, settings, pinned, asOf, targetTable, configHash } = job;
  const { historyId, batchId } = pinned;
  const { load, plan } = await openLoad(job);
  try {
    await assertNothingErased(ws, pinned);
    await ws.faults.at('export.opened');
    const rows = await sendRows(job, load, plan);
    await ws.faults.at('export.loaded');
    const published = await load.publish({
      historyId,
      configHash,
      kind: asOf === null ? 'current' : 'as-of',
      asOf,
      batchId,
      exportedAt: ws.clock.now(),
    });
    return {
      target: `${settings.targetSchema}.${targetTable}`,
      mode: plan.mode,
      reason: plan.mode === 'full' ? plan.reason : null,
      rows,
      ...published,
      batchId: String(batchId),
    };
  } finally {
    await load.abort();
  }
}

/** Opens the target for what has to be sent. A delta is decided again when it is our turn and nobody else writes. */
async function openLoad(job: ExportJob): Promise<{ load: SnapshotLoad; plan: ExportPlan }> {
  const { target } = job;
  const first = await planNow(job);
  const load = await target.open(snapshotSpec(job, first));
  if (first.mode === 'full') return { load, plan: first };
  try {
    const now = await planNow(job);
    if (now.mode === 'delta') return { load, plan: now };
    await load.abort();
    return { load: await target.open(snapshotSpec(job, now)), plan: now };
  } catch (error) {
    await load.abort();
    throw error;
  }
}

async function planNow({ ws, settings, target, pinned, asOf, targetTable, configHash }: ExportJob) {
  const watermark = await target.watermark(settings.targetSchema, targetTable);
  const { historyId, batchId, table } = pinned;
  const newestBatchId = await ws.ledger.lastApplied(table.config.name);
  return planExport(settings, { historyId, configHash, batchId, newestBatchId, asOf }, watermark);
}

function snapshotSpec(
  { settings, pinned: { table }, targetTable }: ExportJob,
  plan: ExportPlan,
): SnapshotSpec {
  return {
    targetSchema: settings.targetSchema,
    targetTable,
    columns: exportColumns(table).map((column) => inTargetCase(settings, column)),
    keys: exportKeys(table).map((column) => inTargetCase(settings, column).name),
    removeMissing: settings.removeMissing,
    nonFinite: settings.nonFinite,
    connections: settings.connections,
    mode: plan.mode,
    impossibleBatch: plan.mode === 'full' ? plan.impossibleBatch : null,
  };
}
