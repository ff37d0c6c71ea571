import type { Column } from '../config/column-type.ts';
import type { ExportConfig } from '../config/config.ts';
import type { SnapshotTarget } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import type { PinnedHistory } from './pin-history.ts';
import { targetColumnName } from './target-table.ts';

/** One export of one table under way. */
export interface ExportJob {
  readonly ws: Workspace;
  readonly settings: ExportConfig;
  readonly target: SnapshotTarget;
  readonly pinned: PinnedHistory;
  readonly asOf: string | null;
  readonly targetTable: string;
  readonly configHash: string;
  readonly progress: (rows: number) => void;
}

/** A column as the target calls it. */
export function inTargetCase({ columnCase }: Pick<ExportConfig, 'columnCase'>, column: Column): Column {
  return { ...column, name: targetColumnName(column.name, columnCase) };
}
