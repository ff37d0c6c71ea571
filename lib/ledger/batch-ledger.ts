import type { Clock, SqlSession } from '../ports.ts';
import type { FileLedger } from './file-ledger.ts';
import type { Lease } from './lease.ts';
import type { LedgerIo } from './ledger-io.ts';
import { BATCH_COLUMNS, fileRows, parseBatch } from './ledger-rows.ts';
import { BATCHES, FILES } from './ledger-tables.ts';
import type { AppliedBatch, BatchKind, BatchRecord, LedgerFile, StartedBatch } from './records.ts';

/** What was begun and what was applied, batch by batch. */
export function createBatchLedger(io: LedgerIo, clock: Clock, files: Pick<FileLedger, 'batchFiles'>) {
  const { session, dialect } = io;
  return {
    /** Records that a batch is about to be applied: the files it took, those refused for their content too. */
    async started(
      into: SqlSession,
      lease: Lease,
      batchId: bigint,
      kind: BatchKind,
      files: readonly LedgerFile[],
    ) {
      const now = clock.now();
      const common = { table_name: lease.table, batch_id: batchId, status: 'started', recorded_at: now };
      await io.insert(into, FILES, fileRows(files, common));
      await io.insert(into, BATCHES, [{ ...common, kind, fence: lease.fence, files: files.length }]);
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
          bytes: batch.files.reduce((sum, file) => sum + file.size, 0),
          rows: batch.rows,
          ambiguous: batch.ambiguous,
          first_commit: batch.firstCommit,
          last_commit: batch.lastCommit,
          reload_instant: batch.reloadInstant,
        },
      ]);
    },

    /** Records that a started batch ended with no file left to apply. */
    async abandoned(lease: Lease, batchId: bigint, kind: BatchKind): Promise<void> {
      const row = {
        table_name: lease.table,
        batch_id: batchId,
        status: 'abandoned',
        kind,
        fence: lease.fence,
      };
      await io.insert(session, BATCHES, [{ ...row, files: 0, recorded_at: clock.now() }]);
    },

    /** The newest batch that was started and neither applied nor given up, with its files. */
    async unfinished(
      table: string,
    ): Promise<{ batchId: bigint; kind: BatchKind; files: LedgerFile[] } | null> {
      const batches = dialect.tableName(io.ref(BATCHES));
      const ended = `select 1 from ${batches} as e where e.table_name = b.table_name and e.batch_id = b.batch_id and e.status <> 'started'`;
      const [row] = await session.query(
        `select cast(b.batch_id as ${dialect.columnType({ kind: 'string' })}), b.kind\nfrom ${batches} as b\nwhere b.table_name = ${io.text(table)} and b.status = 'started'\n  and not exists (${ended})\norder by b.batch_id desc, b.recorded_at desc\nlimit 1`,
      );
      if (!row) return null;
      const batchId = BigInt(row[0]!);
      return { batchId, kind: row[1] as BatchKind, files: await files.batchFiles(table, batchId, 'started') };
    },

    /** The batch begun last, ended or not; null before the first. */
    async lastStarted(table: string): Promise<StartedBatch | null> {
      const batches = dialect.tableName(io.ref(BATCHES));
      const ended = `select distinct batch_id from ${batches} ${io.of(table)} and status <> 'started'`;
      const [row] = await session.query(
        [
          `select ${dialect.toText('b.batch_id', { kind: 'int', bits: 64 })}, b.kind,`,
          "  case when e.batch_id is null then 'open' else 'ended' end",
          `from ${batches} as b left join (${ended}) as e on e.batch_id = b.batch_id`,
          `where b.table_name = ${io.text(table)} and b.status = 'started'`,
          'order by b.batch_id desc, b.recorded_at desc\nlimit 1',
        ].join('\n'),
      );
      if (!row) return null;
      const batchId = BigInt(row[0]!);
      const taken = await files.batchFiles(table, batchId, 'started');
      return { batchId, kind: row[1] as BatchKind, files: taken, ended: row[2] === 'ended' };
    },

    /** Every applied batch, oldest first. */
    async batches(table: string): Promise<BatchRecord[]> {
      const rows = await io.select(
        BATCHES,
        BATCH_COLUMNS,
        `${io.of(table)} and status = 'applied' order by batch_id`,
      );
      return rows.map(parseBatch);
    },

    /** The batch applied last, and the newest commit time of all; null where there is none. */
    async newest(table: string): Promise<{ batch: BatchRecord | null; commit: string | null }> {
      const applied = `${io.of(table)} and status = 'applied'`;
      const [last] = await io.select(BATCHES, BATCH_COLUMNS, `${applied} order by batch_id desc limit 1`);
      const [newest] = await session.query(
        `select ${dialect.toText('max(last_commit)', { kind: 'timestamptz' })}\nfrom ${dialect.tableName(io.ref(BATCHES))}\n${applied}`,
      );
      return { batch: last ? parseBatch(last) : null, commit: newest?.[0] ?? null };
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
