import type { TableConfig } from '../../lib/config/config.ts';
import type { Change, HistoryRow } from '../helpers/oracle-types.ts';
import { createOracle } from '../helpers/scd2-oracle.ts';
import { columnsOf } from './soak-tables.ts';
import { FAMILY } from './source.ts';

/** What the independent model makes of files that were applied in these batches. In no order. */
export function modelRows(
  { keys, history: mode }: Pick<TableConfig, 'keys' | 'history'>,
  files: readonly { readonly changes: readonly Change[]; readonly batchId: number }[],
): HistoryRow[] {
  const columns = columnsOf(keys);
  const tracked = columns.map(({ name }) => name).filter((name) => !keys.includes(name));
  // No change concerns keys of two families, and the model takes the square of the time for twice as many.
  return byFamily(files).flatMap((batches) => {
    const model = createOracle({ keys, columns, mode, tracked });
    const inOrder = [...batches].sort(([a], [b]) => a - b);
    for (const [batchId, changes] of inOrder) model.applyBatch(changes, batchId);
    return model.rows();
  });
}

function byFamily(
  files: readonly { readonly changes: readonly Change[]; readonly batchId: number }[],
): ReadonlyMap<number, Change[]>[] {
  const families = new Map<number, Map<number, Change[]>>();
  for (const { changes, batchId } of files) {
    for (const change of changes) {
      const family = Math.floor(Number(change.values.id) / FAMILY);
      const batches = families.get(family) ?? new Map<number, Change[]>();
      batches.set(batchId, [...(batches.get(batchId) ?? []), change]);
      families.set(family, batches);
    }
  }
  return [...families.values()];
}
