import type { TableConfig } from '../config/config.ts';
import type { EraseTargets } from '../operations/erase.ts';
import type { Workspace } from '../workspace.ts';
import { openTarget } from './run-export.ts';
import { isTargetTableOf } from './target-table.ts';

/**
 * The target tables that may hold rows of a table: of every configured export that has it, the table itself and each
 * snapshot of the past that has a watermark. A target that fails keeps no other from its turn; the first error is
 * thrown when all have had theirs. Secrets are resolved as each target is opened.
 */
export function eraseTargets(ws: Workspace, table: TableConfig): EraseTargets {
  const configured = ws.config.tables.map(({ name }) => name);
  return async (visit) => {
    const errors: unknown[] = [];
    for (const settings of ws.config.exports.filter(({ tables }) => tables.includes(table.name))) {
      const { name, targetSchema, columnCase } = settings;
      try {
        const target = await openTarget(ws, settings);
        try {
          const known = await target.targetTables(targetSchema);
          const snapshots = known.filter((other) => isTargetTableOf(table.name, other, configured));
          // The table itself even without a watermark: an export that was killed may have left rows beside it.
          for (const tableName of new Set([table.name, ...snapshots.sort()])) {
            await visit(name, target, targetSchema, tableName, columnCase);
          }
        } finally {
          await target.close();
        }
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  };
}
