import type { TableConfig } from '../config/config.ts';
import type { Place, SnapshotTarget } from '../ports.ts';
import type { Workspace } from '../workspace.ts';

/** Erases in one target table. */
export type VisitTarget = (
  exportName: string,
  target: SnapshotTarget,
  schema: string,
  tableName: string,
  columnCase: 'keep' | 'lower',
) => Promise<void>;

/** Opens every export target that may hold the table, calls `visit` for each target table, and closes them again. */
export type EraseTargets = (visit: VisitTarget) => Promise<void>;

/** What was erased, and where the key still is. */
export interface EraseReport {
  readonly historyRows: number;
  readonly targets: readonly { readonly export: string; readonly table: string; readonly rows: number }[];
  /** Files that still hold the key, and how many rows of it; nothing in them is changed. */
  readonly files: readonly { readonly place: Place; readonly path: string; readonly rows: number }[];
  /** Files that cannot be read, so nobody knows whether they hold the key. */
  readonly unreadable: readonly { readonly place: Place; readonly path: string }[];
}

export async function eraseKey(
  _ws: Workspace,
  _table: TableConfig,
  _key: Readonly<Record<string, string>>,
  _targets: EraseTargets,
): Promise<EraseReport> {
  throw new Error('not yet');
}
