import type { TableConfig } from '../config/config.ts';
import type { Lease } from '../ledger/lease.ts';
import { nameWorker } from '../worker.ts';
import type { Workspace } from '../workspace.ts';

/**
 * Runs `work` as the only writer of a table. Throws `TransientError` TABLE_BUSY while another has it. After a crash the
 * lease frees itself.
 */
export async function withLease<T>(
  ws: Workspace,
  table: TableConfig,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const lease = await ws.ledger.claim(table.name, nameWorker(ws.clock.now()));
  try {
    return await work(lease);
  } finally {
    await ws.ledger.release(lease).catch(() => {});
  }
}
