import type { TableConfig } from '../config/config.ts';
import type { Generation } from '../ledger/ledger.ts';
import type { Workspace } from '../workspace.ts';

/** What the completion of a reload found and did. */
export interface CompletedReload {
  readonly generation: number;
  readonly instant: string;
  /** Rows read from the full-load files of this reload. */
  readonly rows: number;
  /** Current rows that the reload did not show any more and that ended at its instant. */
  readonly closed: number;
}

export async function startReload(_ws: Workspace, _table: TableConfig): Promise<Generation> {
  throw new Error('not yet');
}
export async function completeReload(
  _ws: Workspace,
  _table: TableConfig,
  _options: { readonly rows?: number } = {},
): Promise<CompletedReload> {
  throw new Error('not yet');
}
export async function cancelReload(_ws: Workspace, _table: TableConfig): Promise<Generation> {
  throw new Error('not yet');
}
