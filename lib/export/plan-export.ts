import { createHash } from 'node:crypto';
import type { Column } from '../config/column-type.ts';
import { formatColumnType } from '../config/column-type.ts';
import type { ExportConfig, TableConfig } from '../config/config.ts';
import type { Watermark } from '../ports.ts';

/** Which rows an export sends, and why all of them where fewer were asked for. */
export type ExportMode =
  | { readonly mode: 'full'; readonly reason: string | null }
  | { readonly mode: 'delta'; readonly after: bigint };

/** What decides whether a target can be brought up to date by a delta. */
export interface ExportState {
  readonly historyId: string;
  readonly configHash: string;
  /** Newest applied batch of the pinned history. */
  readonly batchId: bigint;
  readonly asOf: string | null;
}

/** A hash of every setting that changes what the target holds; another hash means a delta would not be enough. */
export function exportConfigHash(
  settings: ExportConfig,
  table: TableConfig,
  keys: readonly Column[],
): string {
  const { removeMissing, nonFinite, columnCase } = settings;
  const contract = Object.entries(table.columns).map(([name, type]) => [name, formatColumnType(type)]);
  const text = JSON.stringify({
    removeMissing,
    nonFinite,
    columnCase,
    contract,
    keys: keys.map((key) => key.name),
  });
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Decides between all rows and the changed ones. A watermark that is missing, foreign or impossible means all. */
export function planExportMode(
  settings: Pick<ExportConfig, 'mode'>,
  state: ExportState,
  watermark: Watermark | null,
): ExportMode {
  if (settings.mode === 'full' || state.asOf !== null) return { mode: 'full', reason: null };
  const full = (reason: string): ExportMode => ({ mode: 'full', reason });
  if (!watermark) return full('the target has no watermark yet');
  if (watermark.historyId !== state.historyId) return full('the target was filled from another history');
  if (watermark.kind !== 'current') return full('the target holds a snapshot of the past');
  if (watermark.configHash !== state.configHash)
    return full('settings of the export or the table have changed');
  if (watermark.batchId > state.batchId) return full('the watermark is ahead of the history');
  return { mode: 'delta', after: watermark.batchId };
}
