import type { Erasure } from '../history/erasure.ts';
import type { Clock, SqlSession } from '../ports.ts';
import type { LedgerIo } from './ledger-io.ts';
import { ERASURES } from './ledger-tables.ts';

/** Keys erased on request. */
export function createErasureLedger(io: LedgerIo, clock: Clock) {
  return {
    /** Remembers that a key was erased, now. Never the key itself. */
    async recordErasure(
      into: SqlSession,
      table: string,
      { keyColumns, keyHash }: Omit<Erasure, 'erasedAt'>,
    ): Promise<void> {
      const key = { key_columns: JSON.stringify(keyColumns), key_hash: keyHash };
      await io.insert(into, ERASURES, [{ table_name: table, ...key, erased_at: clock.now() }]);
    },

    /** Every erasure, oldest first. */
    async erasures(table: string): Promise<Erasure[]> {
      const rows = await io.select(
        ERASURES,
        ['key_columns', 'key_hash', 'erased_at'],
        `${io.of(table)} order by erased_at`,
      );
      return rows.map(([keyColumns, keyHash, erasedAt]) => ({
        keyColumns: JSON.parse(keyColumns!) as string[],
        keyHash: keyHash!,
        erasedAt: erasedAt!,
      }));
    },
  };
}
