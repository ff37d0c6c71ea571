import type { TableConfig } from '../config/config.ts';
import { TerminalError } from '../errors.ts';
import { canRepeatErasure, type Erasure, renderRepeatErasures } from '../history/erasure.ts';
import type { HistoryTable } from '../history/history-table.ts';
import { renderReloadClose } from '../history/reload.ts';
import { renderDropTable, shadowRef } from '../history/swap-table.ts';
import { renderTakePlace } from '../history/take-place.ts';
import { renderVersionsViewAnew } from '../history/versions-view.ts';
import { historySettings } from '../history/history-settings.ts';
import { historyRef, historyTable } from '../history/history-table.ts';
import type { BatchRecord } from '../ledger/records.ts';
import type { SqlSession } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import type { Located } from './locate-applied.ts';
import { type Rebuild, rebuildBatch } from './rebuild-batch.ts';
import { findRebuildFiles } from './rebuild-files.ts';
import { withLease } from './with-lease.ts';

/** How far a rebuild is. */
export interface RebuildProgress {
  readonly table: string;
  readonly batchesDone: number;
  readonly batchesTotal: number;
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly rows: number;
}

export interface RebuildOptions {
  /** Called after every batch. */
  readonly onProgress?: (progress: RebuildProgress) => void;
}

/** What a rebuild read. */
export interface RebuildReport {
  readonly batches: number;
  readonly files: number;
  /** Rows of the files. */
  readonly rows: number;
}

/** Erasures repeated in one statement. */
const ERASURES_AT_ONCE = 200;

/**
 * Builds a history anew from its processed files, batch by batch as the ledger has them, under the configuration of
 * today, and puts its rows in the place of the old ones in one step. Batch ids and load generations stay; the history gets a
 * new identity, so that every target starts over from a full export; what was erased stays erased. When anything goes
 * wrong the old history is untouched. Throws `TerminalError` NO_HISTORY_YET, REBUILD_FILES_LOST or
 * REBUILD_FILES_REFUSED.
 */
export async function rebuildTable(
  ws: Workspace,
  table: TableConfig,
  options: RebuildOptions = {},
): Promise<RebuildReport> {
  return withLease(ws, table, async (lease) => {
    await ws.faults.at('rebuild.claimed');
    const { batches, located } = await findRebuildFiles(ws, table);
    const shadow = shadowRef(historyRef(ws.config, table));
    const generations = await ws.ledger.generations(table.name);
    const instants = new Map(generations.map(({ generation, instant }) => [generation, instant]));
    const rebuild: Rebuild = { ws, table, lease, shadow, instants };
    const drop = renderDropTable(ws.engine.dialect, shadow);
    await ws.engine.execute(drop);
    await ws.faults.at('rebuild.begun');
    try {
      const report = await buildShadow(rebuild, batches, located, options);
      await ws.faults.at('rebuild.built');
      await swap(rebuild);
      await ws.faults.at('rebuild.swapped');
      return report;
    } finally {
      await ws.engine.execute(drop).catch(() => {});
    }
  });
}

/**
 * Erasures are repeated at the point where they happened: a change that came after one met a key that was not there,
 * and must meet none again.
 */
async function buildShadow(
  rebuild: Rebuild,
  batches: readonly BatchRecord[],
  located: ReadonlyMap<bigint, readonly Located[]>,
  options: RebuildOptions,
): Promise<RebuildReport> {
  const { ws, table } = rebuild;
  const erasures = await ws.ledger.erasures(table.name);
  const filesTotal = [...located.values()].reduce((sum, files) => sum + files.length, 0);
  let erased = 0;
  let done: RebuildReport = { batches: 0, files: 0, rows: 0 };
  for (const batch of batches) {
    const due = erasures.slice(erased).filter((erasure) => erasure.erasedAt < batch.recordedAt);
    await eraseAgain(rebuild, due, false);
    erased += due.length;
    const files = located.get(batch.batchId) ?? [];
    const rows = await applyAgain(rebuild, batch, files);
    done = { batches: done.batches + 1, files: done.files + files.length, rows: done.rows + rows };
    options.onProgress?.({
      table: table.name,
      batchesDone: done.batches,
      batchesTotal: batches.length,
      filesDone: done.files,
      filesTotal,
      rows: done.rows,
    });
    await ws.faults.at('rebuild.batch');
  }
  await eraseAgain(rebuild, erasures.slice(erased), false);
  await eraseAgain(rebuild, erasures, true);
  return done;
}

async function applyAgain(rebuild: Rebuild, batch: BatchRecord, files: readonly Located[]): Promise<number> {
  const { ws, table, lease } = rebuild;
  if (files.length > 0) return rebuildBatch(rebuild, batch.batchId, files);
  if (batch.kind !== 'reload-close' || table.reload === 'changes') return 0;
  const shadow = await shadowTable(rebuild);
  if (!shadow) return 0;
  await ws.ledger.hold(ws.engine, lease);
  await ws.engine.execute(renderReloadClose(ws.engine.dialect, shadow, batch.reloadInstant!, batch.batchId));
  return 0;
}

async function shadowTable({ ws, table, shadow }: Rebuild): Promise<HistoryTable | null> {
  const columns = await ws.engine.columns(shadow);
  return columns && { ...historyTable(ws.config, table, columns), ref: shadow };
}

async function eraseAgain(
  rebuild: Rebuild,
  erasures: readonly Erasure[],
  onlyBefore: boolean,
): Promise<void> {
  const { engine } = rebuild.ws;
  const shadow = erasures.length === 0 ? null : await shadowTable(rebuild);
  if (!shadow) return;
  for (const erasure of erasures) assertRepeatable(shadow, erasure);
  for (let at = 0; at < erasures.length; at += ERASURES_AT_ONCE) {
    const some = erasures.slice(at, at + ERASURES_AT_ONCE);
    await engine.execute(renderRepeatErasures(engine.dialect, shadow, some, { onlyBefore }));
  }
}

function assertRepeatable(shadow: HistoryTable, erasure: Erasure): void {
  if (canRepeatErasure(shadow, erasure)) return;
  const { name } = shadow.config;
  throw new TerminalError(
    'REBUILD_ERASURE_LOST',
    `Table ${name}: a key of ${erasure.keyColumns.join(', ')} was erased at ${erasure.erasedAt}, and without these columns a rebuild would bring it back. Keep the columns in the history.`,
    { context: { table: name } },
  );
}

async function swap(rebuild: Rebuild): Promise<void> {
  const { ws, table, lease, shadow } = rebuild;
  const { dialect } = ws.engine;
  const built = await shadowTable(rebuild);
  const ref = historyRef(ws.config, table);
  const columns = await ws.engine.columns(ref);
  const old = columns && { columns, settings: lease.settings };
  const takePlace = renderTakePlace(dialect, { ...built!, ref }, shadow, old);
  await ws.engine.transaction(async (session: SqlSession) => {
    await ws.ledger.hold(session, lease);
    // Before the rows: a new name for the same rows costs a full export, an old name for new rows would lose some.
    await ws.ledger.newHistory(session, table.name);
    for (const sql of takePlace) await session.execute(sql);
    for (const sql of renderVersionsViewAnew(dialect, { ...built!, ref })) await session.execute(sql);
    await ws.ledger.keepSettings(session, table.name, historySettings(table));
    await session.execute(renderDropTable(dialect, shadow));
    await ws.faults.at('rebuild.before-commit');
  });
}
