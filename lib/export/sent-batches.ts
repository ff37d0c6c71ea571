import type { Workspace } from '../workspace.ts';
import type { ExportDeps } from './prepare-run.ts';

/**
 * The newest batch when the target holds it already and got it since an instant, so that whoever asked then has what
 * they asked for; else null.
 */
export async function batchSentSince(
  { ws, settings, target, table }: ExportDeps,
  since: string,
): Promise<bigint | null> {
  const mark = await target.watermark(settings.targetSchema, table.name);
  if (mark?.kind !== 'current' || mark.exportedAt < since) return null;
  const head = await ws.ledger.head(table.name);
  if (head?.historyId !== mark.historyId) return null;
  return (await ws.ledger.lastApplied(table.name)) === mark.batchId ? mark.batchId : null;
}

/** Records for the sweep that an export has sent a table up to a batch. Twice is once. */
export async function recordSent(
  { ledger }: Pick<Workspace, 'ledger'>,
  name: string,
  table: string,
  batchId: bigint,
): Promise<void> {
  await ledger.exported({ export: name, table }, batchId);
}
