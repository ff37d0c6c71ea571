import type { ExportConfig } from '../config/config.ts';
import { type Environment, exportReferences } from '../config/reference-lookup.ts';
import { type PipelineError, TerminalError, toPipelineError } from '../errors.ts';
import type { SnapshotTarget } from '../ports.ts';
import { TARGETS } from '../targets/index.ts';
import type { Workspace } from '../workspace.ts';
import { recordSent } from './sent-batches.ts';
import { type ExportOptions, exportTable, type TableExport } from './export-table.ts';

/** Which tables of an export to send, and which snapshot. */
export interface RunExportOptions extends ExportOptions {
  /** Some of the export's tables. @default all of them */
  readonly tables?: readonly string[];
  /** Send all rows, whatever the export's own mode. @default false */
  readonly full?: boolean;
}

/** What became of one table of an export. With an `error` the counts are 0 and `target` is the table's usual one. */
export interface ExportReport extends TableExport {
  readonly export: string;
  readonly table: string;
  /** The table has no history yet: nothing was sent, and the target is as it was. */
  readonly empty: boolean;
  readonly error: PipelineError | null;
}

/**
 * Connects to the target of an export. Secrets are resolved now, and read once more when the target refuses them.
 *
 * @param timeLeft milliseconds until whoever runs us is stopped
 */
export async function openTarget(
  ws: Workspace,
  settings: ExportConfig,
  timeLeft?: () => number,
): Promise<SnapshotTarget> {
  const { references, logger, faults, clock } = ws;
  const wanted = exportReferences(settings);
  const open = (env: Environment): Promise<SnapshotTarget> =>
    TARGETS[settings.target](settings.connection, {
      env,
      logger,
      faults,
      clock,
      ...(timeLeft ? { timeLeft } : {}),
    });
  try {
    return await open(await references.values(wanted));
  } catch (error) {
    const isRefused = error instanceof TerminalError && error.code === 'TARGET_AUTH';
    const renewed = isRefused ? await references.renewed(wanted) : null;
    if (renewed === null) throw error;
    return await open(renewed);
  }
}

/**
 * Sends the tables of an export one after the other; a table that fails never stops the next. One report per table; a
 * table that was never ingested is left out and says so, since it is no mistake that its first file has not come yet.
 * Throws only when the target cannot be reached at all, or `TerminalError` UNKNOWN_TABLE for a table it does not have.
 */
export async function runExport(
  ws: Workspace,
  settings: ExportConfig,
  options: RunExportOptions = {},
): Promise<ExportReport[]> {
  const chosen = chooseTables(settings, options.tables);
  const target = await openTarget(ws, settings);
  try {
    const reports: ExportReport[] = [];
    for (const name of chosen) {
      reports.push(await exportOne(ws, settings, target, name, options));
    }
    return reports;
  } finally {
    await target.close();
  }
}

function chooseTables(settings: ExportConfig, wanted: readonly string[] | undefined): readonly string[] {
  const unknown = wanted?.find((table) => !settings.tables.includes(table));
  if (unknown === undefined) return settings.tables.filter((table) => wanted?.includes(table) ?? true);
  throw new TerminalError(
    'UNKNOWN_TABLE',
    `There is no table ${JSON.stringify(unknown)} in export ${JSON.stringify(settings.name)}. Its tables: ${settings.tables.join(', ')}.`,
  );
}

/** The sweep asks the ledger which exports lag; a history that one process holds is swept by nobody. */
async function tellLedger(ws: Workspace, name: string, table: string, batchId: bigint): Promise<void> {
  if (ws.engine.dialect.capabilities.oneProcess) return;
  try {
    await recordSent(ws, name, table, batchId);
  } catch (error) {
    // The rows are published: at worst the sweep tells of an export that lags until the next one.
    const { code, message } = toPipelineError(error);
    ws.logger.warn('could not record what was exported', { export: name, table, code, reason: message });
  }
}

async function exportOne(
  ws: Workspace,
  settings: ExportConfig,
  target: SnapshotTarget,
  name: string,
  options: RunExportOptions,
): Promise<ExportReport> {
  try {
    const chosen: ExportConfig = options.full ? { ...settings, mode: 'full' } : settings;
    const done = await exportTable(ws, chosen, target, ws.table(name), options);
    if (!options.asOf) await tellLedger(ws, settings.name, name, BigInt(done.batchId));
    return { export: settings.name, table: name, ...done, empty: false, error: null };
  } catch (thrown) {
    const error = toPipelineError(thrown);
    const empty = error.code === 'NO_HISTORY_YET';
    const nothing = {
      mode: 'full',
      reason: null,
      rows: 0,
      upserted: 0,
      removed: 0,
      unchanged: 0,
      batchId: '',
    } as const;
    const where = `${settings.targetSchema}.${name}`;
    return {
      export: settings.name,
      table: name,
      target: where,
      ...nothing,
      empty,
      error: empty ? null : error,
    };
  }
}
