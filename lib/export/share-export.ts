import type { PublishResult, SharedRun } from '../ports.ts';
import { countParts } from './amount.ts';
import { assertNothingErased } from './pin-history.ts';
import { chooseRows, type ExportDeps, prepareRun } from './prepare-run.ts';
import { measureRun, readRun } from './read-run.ts';
import { type OpenRun, openRun, specOf, type TableRun, watermarkOf } from './table-run.ts';

/**
 * An export of one table by several processes: one plans it, any load its parts, one publishes it. Everything may be
 * done twice, and whatever happens the target is as before or has all of it. JSON.
 */
export interface SharedTableRun extends TableRun, SharedRun {
  /** When it was planned; ISO instant. */
  readonly beganAt: string;
}

/**
 * Plans an export and makes room for its rows. With the same id again it begins anew. Throws `TransientError`
 * EXPORT_UNDER_WAY while another shared export of the table lives, and what `exportTable` throws.
 *
 * @param wantedParts @default as many as the rows need
 */
export async function planShared(
  deps: ExportDeps,
  id: string,
  wantedParts?: number,
): Promise<SharedTableRun> {
  const { ws, settings, target } = deps;
  const beganAt = ws.clock.now();
  return ws.engine.pinned(async (session, relationOf) => {
    const open = await prepareRun(deps, {}, session, relationOf);
    const parts = wantedParts ?? countParts(await measureRun(open, target, session), settings.connections);
    const shared: SharedRun = { id, parts };
    const begun = await begin(deps, open, shared);
    await assertNothingErased(ws, begun.run);
    await ws.faults.at('export.planned');
    return { ...begun.run, ...shared, beganAt };
  });
}

/** A delta is decided again when nobody else can write to the target any more. */
async function begin(deps: ExportDeps, open: OpenRun, shared: SharedRun): Promise<OpenRun> {
  const { target } = deps;
  await target.shared.begin(specOf(open), shared);
  if (open.run.rows.mode === 'full') return open;
  const now = { ...open, run: { ...open.run, rows: await chooseRows(deps, open.run) } };
  if (now.run.rows.mode === 'full') await target.shared.begin(specOf(now), shared);
  return now;
}

/** Stages one part; a second time it takes the place of the first. Throws `TerminalError` EXPORT_LOST. */
export async function loadShared(
  { ws, settings, target, table }: ExportDeps,
  run: SharedTableRun,
  part: number,
): Promise<{ rows: number }> {
  const open = openRun(ws, settings, table, run);
  const staged = readRun(open, target, ws.engine, { index: part, of: run.parts });
  return target.shared.load(specOf(open), run, part, staged);
}

/** Publishes what was staged, once all parts are there; null when that was done before. */
export async function publishShared(
  { ws, settings, target, table }: ExportDeps,
  run: SharedTableRun,
): Promise<PublishResult | null> {
  const open = openRun(ws, settings, table, run);
  const mark = watermarkOf(run, ws.clock.now());
  return target.shared.publish(specOf(open), run, mark, () => assertNothingErased(ws, run));
}

/** Takes away what was staged. What was published stays. */
export async function abortShared(
  { settings, target, table }: Omit<ExportDeps, 'ws'>,
  id: string,
): Promise<void> {
  await target.shared.abort(settings.targetSchema, table.name, id);
}
