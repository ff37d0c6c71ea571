import { createHash } from 'node:crypto';
import type { Column } from '../config/column-type.ts';
import { formatColumnType } from '../config/column-type.ts';
import type { ExportConfig, TableConfig } from '../config/config.ts';
import type { Watermark } from '../ports.ts';

/** Which rows an export sends, and why all of them where fewer were asked for. */
export type ExportPlan =
  | {
      readonly mode: 'full';
      readonly reason: string | null;
      /** The target's batch where the history never had it, which is no newer one then, else null. */
      readonly impossibleBatch: bigint | null;
    }
  | { readonly mode: 'delta'; readonly after: bigint };

/** What decides whether a target can be brought up to date by a delta. */
export interface ExportState {
  readonly historyId: string;
  readonly configHash: string;
  /** Newest applied batch of the pinned history. */
  readonly batchId: bigint;
  /** Newest applied batch of the history, looked up after the watermark was. */
  readonly newestBatchId: bigint;
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
export function planExport(
  settings: Pick<ExportConfig, 'mode'>,
  state: ExportState,
  watermark: Watermark | null,
): ExportPlan {
  const reason = reasonForAll(state, watermark);
  if (settings.mode === 'incremental' && state.asOf === null && watermark && reason === null) {
    return { mode: 'delta', after: watermark.batchId };
  }
  const impossible = watermark !== null && isImpossible(state, watermark);
  return {
    mode: 'full',
    reason: settings.mode === 'full' || state.asOf !== null ? null : reason,
    impossibleBatch: impossible ? watermark.batchId : null,
  };
}

function reasonForAll(state: ExportState, watermark: Watermark | null): string | null {
  if (!watermark) return 'the target has no watermark yet';
  if (watermark.historyId !== state.historyId) return 'the target was filled from another history';
  if (isImpossible(state, watermark)) return 'the watermark is ahead of the history';
  if (watermark.batchId > state.batchId) return 'the target already holds a newer batch';
  if (watermark.kind !== 'current') return 'the target holds a snapshot of the past';
  // Whoever kept the table before may have gone on until the first batch, and gives his rows no batch of their own.
  if (watermark.batchId === 0n) return 'the target was filled before the first batch';
  if (watermark.configHash !== state.configHash) return 'settings of the export or the table have changed';
  return null;
}

/** True after the history was put back to an older copy of itself. */
function isImpossible(state: ExportState, watermark: Watermark): boolean {
  return watermark.historyId === state.historyId && watermark.batchId > state.newestBatchId;
}
