import type { Clock, SqlSession } from '../ports.ts';
import type { Lease } from './lease.ts';
import type { LedgerIo } from './ledger-io.ts';
import { BATCH_COLUMNS, fileRows, parseBatch } from './ledger-rows.ts';
import { BATCHES, FILES } from './ledger-tables.ts';
import { readTaken, writeTaken } from './taken-files.ts';
import type { AppliedBatch, BatchKind, BatchRecord, LedgerFile, StartedBatch } from './records.ts';

const bytesOf = (files: readonly { readonly size: number }[]): number =>
  files.reduce((sum, file) => sum + file.size, 0);

const ENDS = new Set(['applied', 'abandoned', 'timed-out']);

/** What was begun and what was applied, batch by batch. */
export function createBatchLedger(io: LedgerIo, clock: Clock) {
  const { session, dialect } = io;
  return {
    /** Records that a batch is about to be applied: the files it took, those refused for their content too. */
    async started(
      into: SqlSession,
      lease: Lease,
      batchId: bigint,
      kind: BatchKind,
      files: readonly LedgerFile[],
    ): Promise<void> {
      const common = {
        table_name: lease.table,
        batch_id: batchId,
        status: 'started',
        kind,
        fence: lease.fence,
      };
      const counted = { files: files.length, bytes: bytesOf(files), recorded_at: clock.now() };
      // One statement, so that a batch is begun with all of its files or not at all.
      const rows = writeTaken(files).map((taken) => ({ ...common, ...counted, taken }));
      await io.insert(into, BATCHES, rows);
    },

    /** Records that a batch was applied. */
    async applied(into: SqlSession, lease: Lease, batch: AppliedBatch): Promise<void> {
      const now = clock.now();
      const common = {
        table_name: lease.table,
        batch_id: batch.batchId,
        status: 'applied',
        recorded_at: now,
      };
      await io.insert(into, FILES, fileRows(batch.files, common));
      await io.insert(into, BATCHES, [
        {
          ...common,
          ...batch.counts,
          kind: batch.kind,
          fence: lease.fence,
          files: batch.files.length,
          bytes: bytesOf(batch.files),
          rows: batch.rows,
          ambiguous: batch.ambiguous,
          first_commit: batch.firstCommit,
          last_commit: batch.lastCommit,
          reload_instant: batch.reloadInstant,
        },
      ]);
    },

    /** Records that a started batch came to nothing: no file of it was left to apply, or it took too long. */
    async ended(
      lease: Lease,
      batchId: bigint,
      status: 'abandoned' | 'timed-out',
      { kind, files }: { kind: BatchKind; files: readonly Pick<LedgerFile, 'size'>[] },
    ): Promise<void> {
      const row = { table_name: lease.table, batch_id: batchId, status, kind, fence: lease.fence };
      const counted = { files: files.length, bytes: bytesOf(files), recorded_at: clock.now() };
      await io.insert(session, BATCHES, [{ ...row, ...counted }]);
    },

    /**
     * The batch begun last, ended or not; null before the first.
     *
     * @param newest the newest batch id given out, where it is known: one look less
     */
    async lastStarted(table: string, newest?: bigint): Promise<StartedBatch | null> {
      if (newest === 0n) return null;
      const batches = dialect.tableName(io.ref(BATCHES));
      const id = newest ?? `(select max(batch_id) from ${batches} ${io.of(table)} and status = 'started')`;
      const rows = await io.select(
        BATCHES,
        ['batch_id', 'status', 'kind', 'taken', 'fence', 'recorded_at'],
        `${io.of(table)} and batch_id = ${id} order by fence desc, recorded_at desc`,
      );
      const begun = rows.filter((row) => row[1] === 'started');
      const last = begun[0];
      if (!last) return null;
      // A batch that was taken up again is begun once more, with the files it had left.
      const parts = begun.filter((row) => row[4] === last[4] && row[5] === last[5]);
      return {
        batchId: BigInt(last[0]!),
        kind: last[2] as BatchKind,
        files: readTaken(parts.map((row) => row[3] ?? null)),
        ended: rows.some((row) => ENDS.has(row[1]!)),
      };
    },

    /** Every applied batch, oldest first. */
    async batches(table: string): Promise<BatchRecord[]> {
      const rows = await io.select(
        BATCHES,
        BATCH_COLUMNS,
        `${io.of(table)} and status = 'applied' order by batch_id`,
      );
      // An insert whose answer was lost may have been made twice.
      return [...new Map(rows.map(parseBatch).map((batch) => [batch.batchId, batch])).values()];
    },

    /** The batch applied last; null before the first. */
    async newest(table: string): Promise<BatchRecord | null> {
      const applied = `${io.of(table)} and status = 'applied'`;
      const [last] = await io.select(BATCHES, BATCH_COLUMNS, `${applied} order by batch_id desc limit 1`);
      return last ? parseBatch(last) : null;
    },

    /** The newest applied batch; 0 before the first. */
    async lastApplied(table: string): Promise<bigint> {
      const [row] = await session.query(
        `select ${dialect.toText('coalesce(max(batch_id), 0)', { kind: 'int', bits: 64 })}\nfrom ${dialect.tableName(io.ref(BATCHES))}\n${io.of(table)} and status = 'applied'`,
      );
      return BigInt(row?.[0] ?? 0);
    },
  };
}
