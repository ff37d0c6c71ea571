import { join } from 'node:path';
import { writeRowFile } from '../dms-files/write-row-file.ts';
import type { CaptureContext } from './capture-context.ts';
import { type CaptureState, saveState } from './capture-state.ts';
import { nextFileNames } from './file-stamps.ts';
import type { LogPosition } from './log-position.ts';
import type { RowGroup } from './pending-rows.ts';
import { placeFile } from './place-file.ts';

/**
 * Writes each group as a file of captured changes, in their order, and then remembers the position. A crash on the way
 * leaves the position where it was: the log is read again from there and the same changes come once more, in files of
 * later names.
 *
 * @param position up to which every change is in these files or in earlier ones
 */
export async function cutFiles(
  context: CaptureContext,
  state: CaptureState,
  groups: readonly RowGroup[],
  position: LogPosition,
): Promise<CaptureState> {
  const { names, last } = nextFileNames(groups.length, context.clock.now(), state.lastStamp);
  const named: CaptureState = { ...state, lastStamp: last };
  // Remembered before a name is used, so that no later name can be smaller, whatever the clock does.
  await saveState(context.folder, named);
  for (const [i, group] of groups.entries()) await cutFile(context, group, names[i] ?? '');
  const moved: CaptureState = { ...named, position };
  await context.faults.at('capture.files-placed');
  await saveState(context.folder, moved);
  await context.faults.at('capture.position-saved');
  return moved;
}

async function cutFile(context: CaptureContext, { layout, rows }: RowGroup, name: string): Promise<void> {
  const draft = join(context.folder, 'draft.parquet');
  const path = join(context.incoming(layout.table), name);
  const place = { path: draft, spool: join(context.folder, 'rows.ndjson') };
  await writeRowFile(context.duckdb, place, layout.fields, [rows]);
  await placeFile(draft, path);
  context.onFile({ table: layout.table.name, path, rows: rows.length });
  await context.faults.at('capture.file-placed');
}
