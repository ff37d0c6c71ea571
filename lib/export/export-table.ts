import type { ExportConfig, TableConfig } from '../config/config.ts';
import type { PublishResult, SnapshotLoad, SnapshotTarget, SqlSession } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import type { Amount } from './amount.ts';
import { assertNothingErased } from './pin-history.ts';
import { chooseRows, type ExportDeps, prepareRun, type SnapshotOptions } from './prepare-run.ts';
import { measureRun, readRun } from './read-run.ts';
import { type OpenRun, specOf, type TableRun, watermarkOf } from './table-run.ts';

/** Which snapshot to send, and where. */
export interface ExportOptions extends SnapshotOptions {
  readonly onProgress?: (progress: { table: string; rows: number }) => void;
}

/** What an export of one table did. */
export interface TableExport extends PublishResult {
  /** `schema.table` in the target. */
  readonly target: string;
  readonly mode: 'full' | 'delta';
  /** Why all rows were sent where `incremental` is asked for. */
  readonly reason: string | null;
  /** Rows sent. */
  readonly rows: number;
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
  table: TableConfig,
  options: ExportOptions = {},
): Promise<TableExport> {
  const done = await exportTableUnless({ ws, settings, target, table }, null, options);
  return done!;
}

/**
 * As `exportTable`; null when it is too much, and nothing was done.
 *
 * @param isTooMuch told about how much there is; null: nobody looks
 */
export async function exportTableUnless(
  deps: ExportDeps,
  isTooMuch: ((amount: Amount) => boolean) | null,
  options: ExportOptions = {},
): Promise<TableExport | null> {
  return deps.ws.engine.pinned(async (session, relationOf) => {
    const open = await prepareRun(deps, options, session, relationOf);
    if (isTooMuch?.(await measureRun(open, deps.target, session))) return null;
    return runHere(deps, open, session, (rows) => options.onProgress?.({ table: deps.table.name, rows }));
  });
}

/** Does all of a run in this process. */
async function runHere(
  deps: ExportDeps,
  first: OpenRun,
  session: SqlSession,
  progress: (rows: number) => void,
): Promise<TableExport> {
  const { ws, target } = deps;
  const { load, open } = await openLoad(deps, first);
  try {
    await assertNothingErased(ws, open.run);
    await ws.faults.at('export.opened');
    const { rows: sent, deletedKeys } = readRun(open, target, session, undefined, progress);
    let { rows } = await load.load(sent);
    if (deletedKeys) rows += (await load.loadDeletedKeys(deletedKeys)).rows;
    await ws.faults.at('export.loaded');
    const published = await load.publish(watermarkOf(open.run, ws.clock.now()));
    return tableExport(open.run, rows, published);
  } finally {
    await load.abort();
  }
}

/** What a run did, in words. */
export function tableExport(run: TableRun, rows: number, published: PublishResult): TableExport {
  return {
    target: `${run.targetSchema}.${run.targetTable}`,
    mode: run.rows.mode,
    reason: run.rows.mode === 'full' ? run.rows.reason : null,
    rows,
    ...published,
    batchId: run.batchId,
  };
}

/** Opens the target for what has to be sent. A delta is decided again when it is our turn and nobody else writes. */
async function openLoad(deps: ExportDeps, first: OpenRun): Promise<{ load: SnapshotLoad; open: OpenRun }> {
  const { target } = deps;
  const load = await target.open(specOf(first));
  if (first.run.rows.mode === 'full') return { load, open: first };
  try {
    const open = { ...first, run: { ...first.run, rows: await chooseRows(deps, first.run) } };
    if (open.run.rows.mode === 'delta') return { load, open };
    await load.abort();
    return { load: await target.open(specOf(open)), open };
  } catch (error) {
    await load.abort();
    throw error;
  }
}
