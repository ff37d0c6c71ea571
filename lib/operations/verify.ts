import type { TableConfig } from '../config/config.ts';
import type { Workspace } from '../workspace.ts';

/** One rule and how many rows, keys or files break it. */
export interface VerifyCheck {
  readonly code: string;
  readonly rule: string;
  readonly broken: number;
}

export interface VerifyReport {
  readonly table: string;
  /** Nothing is broken. */
  readonly healthy: boolean;
  readonly checks: readonly VerifyCheck[];
}

export async function verifyTable(_ws: Workspace, _table: TableConfig): Promise<VerifyReport> {
  throw new Error('not yet');
}
