import type { TableConfig } from '../config/config.ts';
import { TerminalError } from '../errors.ts';
import { historyRef, includesName } from '../history/history-table.ts';
import { renderRowsTakenOver } from '../history/read-rows.ts';
import type { BatchRecord } from '../ledger/records.ts';
import type { Workspace } from '../workspace.ts';
import { type FileOfBatch, type Located, locateApplied } from './locate-applied.ts';

/** Names shown in a message; the rest are counted. */
const NAMES_SHOWN = 10;

/**
 * The applied batches, oldest first, and the files of each, all of them there and unchanged. Throws `TerminalError`
 * NO_HISTORY_YET, or REBUILD_FILES_LOST naming those that are not.
 */
export async function findRebuildFiles(
  ws: Workspace,
  table: TableConfig,
): Promise<{ batches: readonly BatchRecord[]; located: ReadonlyMap<bigint, readonly Located[]> }> {
  // Without transactions a batch whose reply was lost may be recorded twice.
  const batches = [...new Map((await ws.ledger.batches(table.name)).map((b) => [b.batchId, b])).values()];
  const applied: FileOfBatch[] = [];
  for (const { batchId } of batches) {
    const files = await ws.ledger.appliedIn(table.name, batchId);
    applied.push(...files.map((file) => ({ ...file, batchId })));
  }
  if (applied.length === 0) {
    throw new TerminalError(
      'NO_HISTORY_YET',
      `Table ${table.name} has no processed files to build a history from. Run first: tidemark ingest`,
      { context: { table: table.name } },
    );
  }
  await assertAllFromFiles(ws, table);
  const { located, lost } = await locateApplied(ws.store(table), applied);
  if (lost.length > 0) throw filesLost(ws, table, lost);
  return { batches, located: byBatch(located) };
}

/** Rows that a table had before Tidemark took it over came from no file of ours: a rebuild would lose them. */
async function assertAllFromFiles(ws: Workspace, table: TableConfig): Promise<void> {
  const ref = historyRef(ws.config, table);
  const columns = await ws.engine.columns(ref);
  // A history under other names of bookkeeping columns was made by an ingest of ours.
  if (
    !columns ||
    !includesName(
      columns.map(({ name }) => name),
      table.historyColumns.batchId,
    )
  )
    return;
  const rows = await ws.engine.query(
    renderRowsTakenOver(ws.engine.dialect, ref, table.historyColumns.batchId),
  );
  if (rows.length === 0) return;
  throw new TerminalError(
    'REBUILD_ROWS_TAKEN_OVER',
    `Table ${table.name} has rows from before Tidemark took it over (${table.historyColumns.batchId} 0), for which there are no files, so a rebuild would lose them. The history is as it was.`,
    { context: { table: table.name } },
  );
}

function byBatch(located: readonly Located[]): Map<bigint, Located[]> {
  const batches = new Map<bigint, Located[]>();
  for (const one of located) {
    const files = batches.get(one.applied.batchId);
    if (files) files.push(one);
    else batches.set(one.applied.batchId, [one]);
  }
  return batches;
}

function filesLost(ws: Workspace, table: TableConfig, lost: readonly FileOfBatch[]): TerminalError {
  const names = lost.slice(0, NAMES_SHOWN).map((file) => `  ${file.batchId}/${file.path}`);
  const more = lost.length > NAMES_SHOWN ? [`  and ${lost.length - NAMES_SHOWN} more`] : [];
  return new TerminalError(
    'REBUILD_FILES_LOST',
    [
      `Table ${table.name}: ${lost.length} processed file(s) are missing or have changed in ${ws.store(table).location('processed')}, so the history cannot be built from them. It is as it was. Put these files back:`,
      ...names,
      ...more,
    ].join('\n'),
    { context: { table: table.name, files: lost.map((file) => `${file.batchId}/${file.path}`) } },
  );
}
