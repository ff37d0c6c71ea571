import { randomUUID } from 'node:crypto';
import { TransientError } from '../errors.ts';
import { addSeconds, secondsBetween } from '../instant.ts';
import type { Clock, SqlSession } from '../ports.ts';
import {
  type Lease,
  type LeaseRequest,
  renderClaim,
  renderEnsureHead,
  renderExtend,
  renderSetHead,
} from './lease.ts';
import type { LedgerIo } from './ledger-io.ts';
import { BATCHES, HEADS } from './ledger-tables.ts';
import { type Head, readClaim, readHead } from './read-head.ts';

/** How long a claim lasts without being renewed. */
export const LEASE_SECONDS = 15 * 60;

const PROCESS = randomUUID();

/** Who may write which table, and what its history stands under. */
export function createHeadLedger(io: LedgerIo, clock: Clock, leaseSeconds: () => number) {
  const { session, dialect } = io;
  const head = (table: string): Promise<Head | null> => readHead(io, table, clock.now());
  /** A row, not an update: on engines that keep versions of a table an update costs several times as much. */
  const giveBack = (table: string, fence: bigint, settled: bigint | null = null): Promise<void> => {
    const row = { table_name: table, batch_id: settled, status: 'released', fence };
    return io.insert(session, BATCHES, [{ ...row, recorded_at: clock.now() }]);
  };

  const ensureHead = async (table: string, now: string): Promise<Head | null> => {
    await session.execute(renderEnsureHead(dialect, io.ref(HEADS), table, randomUUID(), now));
    return head(table);
  };

  /** Claims the head if it may be claimed. Returns how it stands then. */
  const take = async (
    before: Head | null,
    wanted: Pick<LeaseRequest, 'table' | 'owner' | 'now' | 'expiresAt'>,
  ): Promise<Head | null> => {
    const { table, owner, expiresAt } = wanted;
    const released = before?.released ?? null;
    const historyId = before?.historyId ?? null;
    const claim = (after: bigint | null) =>
      session.execute(renderClaim(dialect, io.ref(HEADS), { ...wanted, historyId, released, after }));
    try {
      // Given back when it was looked at, and not claimed since: nobody can have changed what was seen.
      const quick = before !== null && before.fence === released;
      const { changed } = await claim(quick ? before.fence : null);
      if (quick && changed === 1) return { ...before, fence: before.fence + 1n, owner, expiresAt };
      return await head(table);
    } catch (error) {
      // Its answer may be lost and the claim made: nobody would give it back before it expires.
      const made = await head(table).catch(() => null);
      if (made?.owner === owner) await giveBack(table, made.fence).catch(() => {});
      throw error;
    }
  };

  return {
    /** How a table stands, or null before its first claim. */
    head,

    /** Claims a table for one worker. Throws `TransientError` TABLE_BUSY while another has it. */
    async claim(table: string, worker: string): Promise<Lease> {
      const owner = `${PROCESS}/${worker}`;
      const now = clock.now();
      const expiresAt = addSeconds(now, leaseSeconds());
      const before = (await head(table)) ?? (await ensureHead(table, now));
      const after = await take(before, { table, owner, now, expiresAt });
      if (after?.owner !== owner) {
        throw new TransientError(
          'TABLE_BUSY',
          `Table ${table} is being written by another worker until ${after?.expiresAt}. Try again after it has ended; "tidemark unlock ${table}" tells who it is.`,
          { context: { table, owner: after?.owner } },
        );
      }
      const { expiresAt: _expiresAt, released: _released, ...seen } = after;
      return { ...seen, table, owner };
    },

    /**
     * Makes sure that a lease is still ours and lasts for at least half of its time. Where statements commit together
     * it always writes, so that of two workers who both believe it only one commits. Throws `TransientError` LEASE_LOST
     * when another has taken over.
     */
    async hold(into: SqlSession, lease: Lease): Promise<void> {
      const within = { ...io, session: into };
      const held = await readClaim(within, lease.table);
      // What counts is when it was heard, however long that took.
      const now = clock.now();
      const lasts = leaseSeconds();
      if (held?.fence === lease.fence && held.owner === lease.owner) {
        const left = secondsBetween(now, held.expiresAt);
        if (!dialect.capabilities.transactions && left >= lasts / 2) return;
        const expiresAt = addSeconds(now, lasts);
        await into.execute(renderExtend(dialect, io.ref(HEADS), lease, expiresAt));
        if (dialect.capabilities.transactions) return;
        if ((await readClaim(within, lease.table))?.fence === lease.fence) return;
      }
      throw new TransientError(
        'LEASE_LOST',
        `Table ${lease.table}: another worker took over while this one was running. Nothing of this batch was applied; run again.`,
        { context: { table: lease.table, fence: String(lease.fence) } },
      );
    },

    /**
     * Gives a claim back.
     *
     * @param settled the newest batch id, where it is at its end and all of its files were moved: whoever comes next need
     *   not look whether something of it is left. @default null: nobody knows
     */
    async release(lease: Lease, settled: bigint | null = null): Promise<void> {
      await giveBack(lease.table, lease.fence, settled);
    },

    /** Gives a table's history a new identity. */
    async newHistory(into: SqlSession, table: string): Promise<void> {
      await into.execute(renderSetHead(dialect, io.ref(HEADS), table, 'history_id', randomUUID()));
    },

    /** Keeps the settings a history is begun under. The head must be there. */
    async keepSettings(into: SqlSession, table: string, settings: string): Promise<void> {
      await into.execute(renderSetHead(dialect, io.ref(HEADS), table, 'settings', settings));
    },

    /** Remembers which `_versions` view was made last. The head must be there. */
    async keepView(into: SqlSession, table: string, fingerprint: string): Promise<void> {
      await into.execute(renderSetHead(dialect, io.ref(HEADS), table, 'view', fingerprint));
    },
  };
}
