import { randomUUID } from 'node:crypto';
import { TransientError } from '../errors.ts';
import { addSeconds } from '../instant.ts';
import type { Clock, SqlSession } from '../ports.ts';
import {
  type Lease,
  renderAdvance,
  renderClaim,
  renderEnsureHead,
  renderReadHead,
  renderRelease,
  renderSetHead,
} from './lease.ts';
import type { LedgerIo } from './ledger-io.ts';
import { HEADS } from './ledger-tables.ts';

/** How long a claim lasts without being renewed. */
export const LEASE_SECONDS = 15 * 60;

const PROCESS = randomUUID();

/** Who may write which table, and the last batch id given out. */
export function createHeadLedger(io: LedgerIo, clock: Clock) {
  const { session, dialect } = io;
  const readHead = async (table: string) => {
    const [row] = await session.query(renderReadHead(dialect, io.ref(HEADS), table));
    if (!row) return null;
    return {
      historyId: row[0]!,
      batchId: BigInt(row[1]!),
      fence: BigInt(row[2]!),
      owner: row[3] ?? null,
      expiresAt: row[4]!,
      settings: row[5] ?? null,
    };
  };

  return {
    /** Identity of a table's history and the last batch id given out, or null before its first batch. */
    async head(
      table: string,
    ): Promise<{ historyId: string; batchId: bigint; settings: string | null } | null> {
      return readHead(table);
    },

    /** Claims a table for one worker. Throws `TransientError` TABLE_BUSY while another has it. */
    async claim(table: string, worker: string): Promise<Lease> {
      const owner = `${PROCESS}/${worker}`;
      const now = clock.now();
      if (!(await readHead(table))) {
        await session.execute(renderEnsureHead(dialect, io.ref(HEADS), table, randomUUID(), now));
      }
      const expiresAt = addSeconds(now, LEASE_SECONDS);
      const claimed = async () => {
        await session.execute(renderClaim(dialect, io.ref(HEADS), { table, owner, now, expiresAt }));
        return readHead(table);
      };
      const head = await claimed().catch(async (error: unknown) => {
        // Its answer may be lost and the claim made: nobody would give it back before it expires.
        await session.execute(renderRelease(dialect, io.ref(HEADS), { table, owner })).catch(() => {});
        throw error;
      });
      if (head?.owner !== owner) {
        throw new TransientError(
          'TABLE_BUSY',
          `Table ${table} is being written by another worker until ${head?.expiresAt}. Try again after it has ended.`,
          { context: { table, owner: head?.owner } },
        );
      }
      return { table, owner, fence: head.fence, historyId: head.historyId, batchId: head.batchId };
    },

    /** Gives out a batch id and extends the lease. Throws `TransientError` LEASE_LOST when another has taken over. */
    async advance(into: SqlSession, lease: Lease, batchId: bigint): Promise<void> {
      await into.execute(
        renderAdvance(dialect, io.ref(HEADS), lease, batchId, addSeconds(clock.now(), LEASE_SECONDS)),
      );
      const [row] = await into.query(renderReadHead(dialect, io.ref(HEADS), lease.table));
      if (row?.[2] !== String(lease.fence)) {
        throw new TransientError(
          'LEASE_LOST',
          `Table ${lease.table}: another worker took over while this one was running. Nothing of this batch was applied; run again.`,
          { context: { table: lease.table, fence: String(lease.fence) } },
        );
      }
    },

    async release(lease: Lease): Promise<void> {
      await session.execute(renderRelease(dialect, io.ref(HEADS), lease));
    },

    /** Gives a table's history a new identity. */
    async newHistory(into: SqlSession, table: string): Promise<void> {
      await into.execute(renderSetHead(dialect, io.ref(HEADS), table, 'history_id', randomUUID()));
    },

    /** Keeps the settings a history is begun under. The head must be there. */
    async keepSettings(into: SqlSession, table: string, settings: string): Promise<void> {
      await into.execute(renderSetHead(dialect, io.ref(HEADS), table, 'settings', settings));
    },
  };
}
