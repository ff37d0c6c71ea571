import { randomUUID } from 'node:crypto';
import { TransientError } from '../errors.ts';
import type { BatchCounts } from '../history/plan-batch.ts';
import type { Erasure } from '../history/erasure.ts';
import type { Clock, SqlSession, TableRef, TextRow } from '../ports.ts';
import { addSeconds } from '../instant.ts';
import {
  type Lease,
  renderAdvance,
  renderClaim,
  renderEnsureHead,
  renderNewHistory,
  renderReadHead,
  renderRelease,
} from './lease.ts';
import {
  BATCHES,
  ERASURES,
  FILES,
  GENERATIONS,
  HEADS,
  LEDGER_TABLES,
  type LedgerTable,
  type LedgerValue,
  ledgerRef,
  renderCreateLedgerTable,
  renderInsert,
  renderSelect,
} from './ledger-tables.ts';

/** How long a claim lasts without being renewed. */
export const LEASE_SECONDS = 15 * 60;

const PROCESS = randomUUID();

export type BatchKind = 'first-load' | 'merge' | 'reload-close';

/** What the ledger says of one file of a batch. */
export interface LedgerFile {
  readonly path: string;
  readonly version: string;
  readonly generation: number;
  readonly fullLoad: boolean;
  readonly size: number;
  readonly rows: number | null;
  readonly firstCommit: string | null;
  readonly lastCommit: string | null;
  readonly arrivedAt: string;
}

/** What is recorded of a batch when it was applied. */
export interface AppliedBatch {
  readonly batchId: bigint;
  readonly kind: BatchKind;
  readonly files: readonly LedgerFile[];
  readonly rows: number;
  readonly counts: BatchCounts;
  readonly ambiguous: number;
  readonly firstCommit: string | null;
  readonly lastCommit: string | null;
  readonly reloadInstant: string | null;
}

/** A file that was applied once, and the batch that did it. */
export interface AppliedFile {
  readonly path: string;
  readonly version: string;
  readonly generation: number;
  readonly batchId: bigint;
}

/** One reload of a table. */
export interface Generation {
  readonly generation: number;
  readonly instant: string;
  readonly status: 'requested' | 'completed' | 'cancelled';
}

/** A batch that was begun: what it was to take, and whether it came to an end. */
export interface StartedBatch {
  readonly batchId: bigint;
  readonly kind: BatchKind;
  /** Every file of the batch, those that were refused for their content too. In no order. */
  readonly files: readonly LedgerFile[];
  /** Applied or abandoned; its files may not all have been moved yet. */
  readonly ended: boolean;
}

/** A batch with its outcome, as `status` and `rebuild` need it. */
export interface BatchRecord {
  readonly batchId: bigint;
  readonly kind: BatchKind;
  readonly files: number;
  readonly rows: number;
  readonly lastCommit: string | null;
  readonly reloadInstant: string | null;
  readonly recordedAt: string;
}

/** A file that was rejected, and why. */
export interface Rejection {
  readonly file: LedgerFile;
  readonly code: string;
  readonly message: string;
  readonly rejectedAt: string;
}

export type Ledger = ReturnType<typeof createLedger>;

/** What `parseFile` reads, in order. */
const FILE_COLUMNS = [
  'path',
  'version',
  'generation',
  'full_load',
  'size',
  'rows',
  'first_commit',
  'last_commit',
  'arrived_at',
] as const;

/** What `parseBatch` reads, in order. */
const BATCH_COLUMNS = [
  'batch_id',
  'kind',
  'files',
  'rows',
  'last_commit',
  'reload_instant',
  'recorded_at',
] as const;

const number = (text: string | null | undefined): number => Number(text ?? 0);

/**
 * Batches, files, leases and reloads of every table of one schema, kept in tables beside the histories. Methods that
 * write take the session to write in, so that on an engine with transactions they commit with the history.
 */
export function createLedger(session: SqlSession, place: { catalog: string; schema: string }, clock: Clock) {
  const { dialect } = session;
  const text = dialect.stringLiteral;
  const ref = (ledgerTable: LedgerTable): TableRef => ledgerRef(place.catalog, place.schema, ledgerTable);
  const of = (table: string): string => `where table_name = ${text(table)}`;
  const insert = async (
    into: SqlSession,
    ledgerTable: LedgerTable,
    rows: readonly Record<string, LedgerValue>[],
  ): Promise<void> => {
    // One statement of bounded size each: ten thousand files must not make a megabyte of SQL.
    for (let at = 0; at < rows.length; at += 500) {
      await into.execute(renderInsert(dialect, ref(ledgerTable), ledgerTable, rows.slice(at, at + 500)));
    }
  };
  const select = (ledgerTable: LedgerTable, names: readonly string[], tail: string) =>
    session.query(renderSelect(dialect, ref(ledgerTable), ledgerTable, names, tail));

  const readHead = async (table: string) => {
    const [row] = await session.query(renderReadHead(dialect, ref(HEADS), table));
    if (!row) return null;
    return {
      historyId: row[0]!,
      batchId: BigInt(row[1]!),
      fence: BigInt(row[2]!),
      owner: row[3] ?? null,
      expiresAt: row[4]!,
    };
  };

  return {
    /** Makes the ledger's tables; those that exist stay. */
    async prepare(): Promise<void> {
      for (const ledgerTable of LEDGER_TABLES) {
        await session.execute(renderCreateLedgerTable(dialect, ref(ledgerTable), ledgerTable));
      }
    },

    /** True when the ledger's tables are there. */
    async exists(): Promise<boolean> {
      return (await session.columns(ref(HEADS))) !== null;
    },

    /** Identity of a table's history and the last batch id given out, or null before its first batch. */
    async head(table: string): Promise<{ historyId: string; batchId: bigint } | null> {
      return readHead(table);
    },

    /** Claims a table for one worker. Throws `TransientError` TABLE_BUSY while another has it. */
    async claim(table: string, worker: string): Promise<Lease> {
      const owner = `${PROCESS}/${worker}`;
      const now = clock.now();
      if (!(await readHead(table))) {
        await session.execute(renderEnsureHead(dialect, ref(HEADS), table, randomUUID(), now));
      }
      const expiresAt = addSeconds(now, LEASE_SECONDS);
      const claimed = async () => {
        await session.execute(renderClaim(dialect, ref(HEADS), { table, owner, now, expiresAt }));
        return readHead(table);
      };
      const head = await claimed().catch(async (error: unknown) => {
        // Its answer may be lost and the claim made: nobody would give it back before it expires.
        await session.execute(renderRelease(dialect, ref(HEADS), { table, owner })).catch(() => {});
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
        renderAdvance(dialect, ref(HEADS), lease, batchId, addSeconds(clock.now(), LEASE_SECONDS)),
      );
      const [row] = await into.query(renderReadHead(dialect, ref(HEADS), lease.table));
      if (row?.[2] !== String(lease.fence)) {
        throw new TransientError(
          'LEASE_LOST',
          `Table ${lease.table}: another worker took over while this one was running. Nothing of this batch was applied; run again.`,
          { context: { table: lease.table, fence: String(lease.fence) } },
        );
      }
    },

    async release(lease: Lease): Promise<void> {
      await session.execute(renderRelease(dialect, ref(HEADS), lease));
    },

    /** Gives a table's history a new identity. */
    async newHistory(into: SqlSession, table: string): Promise<void> {
      await into.execute(renderNewHistory(dialect, ref(HEADS), table, randomUUID()));
    },

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
      await insert(into, FILES, fileRows(files, common));
      await insert(into, BATCHES, [{ ...common, kind, fence: lease.fence, files: files.length }]);
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
      await insert(into, FILES, fileRows(batch.files, common));
      await insert(into, BATCHES, [
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
      await insert(session, BATCHES, [{ ...row, files: 0, recorded_at: clock.now() }]);
    },

    /** Records that a file was rejected, released, or found missing. */
    async fileEvent(
      table: string,
      file: LedgerFile,
      event: {
        status: 'rejected' | 'released' | 'missing';
        batchId?: bigint;
        code?: string;
        message?: string;
      },
    ): Promise<void> {
      const row = {
        table_name: table,
        status: event.status,
        batch_id: event.batchId ?? null,
        code: event.code ?? null,
        message: event.message ?? null,
        recorded_at: clock.now(),
      };
      await insert(session, FILES, fileRows([file], row));
    },

    /** Which of these paths were applied before, in every version and generation. */
    async appliedFiles(table: string, paths: readonly string[]): Promise<AppliedFile[]> {
      const found: AppliedFile[] = [];
      for (let at = 0; at < paths.length; at += 500) {
        const some = paths
          .slice(at, at + 500)
          .map(text)
          .join(', ');
        const rows = await select(
          FILES,
          ['path', 'version', 'generation', 'batch_id'],
          `${of(table)} and status = 'applied' and path in (${some})`,
        );
        found.push(
          ...rows.map(([path, version, generation, batchId]) => ({
            path: path!,
            version: version!,
            generation: number(generation),
            batchId: BigInt(batchId!),
          })),
        );
      }
      return found;
    },

    /**
     * The load generation a file was given when it was rejected (or released to another name), by path and version;
     * undefined if it never was.
     */
    async rejectedGenerations(table: string, paths: readonly string[]): Promise<Map<string, number>> {
      const found = new Map<string, number>();
      for (let at = 0; at < paths.length; at += 500) {
        const some = paths
          .slice(at, at + 500)
          .map(text)
          .join(', ');
        const rows = await select(
          FILES,
          ['path', 'version', 'generation'],
          `${of(table)} and status in ('rejected', 'released') and path in (${some})`,
        );
        for (const [path, version, generation] of rows)
          found.set(`${path}\u0000${version}`, number(generation));
      }
      return found;
    },

    /** Every rejection recorded, newest last. */
    async rejections(table: string): Promise<Rejection[]> {
      const rows = await select(
        FILES,
        [...FILE_COLUMNS, 'code', 'message', 'recorded_at'],
        `${of(table)} and status = 'rejected' order by recorded_at`,
      );
      return rows.map((row) => ({
        file: parseFile(row),
        code: row[FILE_COLUMNS.length] ?? '',
        message: row[FILE_COLUMNS.length + 1] ?? '',
        rejectedAt: row[FILE_COLUMNS.length + 2]!,
      }));
    },

    /** The newest batch that was started and neither applied nor given up, with its files. */
    async unfinished(
      table: string,
    ): Promise<{ batchId: bigint; kind: BatchKind; files: LedgerFile[] } | null> {
      const batches = dialect.tableName(ref(BATCHES));
      const ended = `select 1 from ${batches} as e where e.table_name = b.table_name and e.batch_id = b.batch_id and e.status <> 'started'`;
      const [row] = await session.query(
        `select cast(b.batch_id as ${dialect.columnType({ kind: 'string' })}), b.kind\nfrom ${batches} as b\nwhere b.table_name = ${text(table)} and b.status = 'started'\n  and not exists (${ended})\norder by b.batch_id desc, b.recorded_at desc\nlimit 1`,
      );
      if (!row) return null;
      const batchId = BigInt(row[0]!);
      return { batchId, kind: row[1] as BatchKind, files: await this.batchFiles(table, batchId, 'started') };
    },

    /** The batch begun last, ended or not; null before the first. */
    async lastStarted(table: string): Promise<StartedBatch | null> {
      const batches = dialect.tableName(ref(BATCHES));
      const ended = `select distinct batch_id from ${batches} ${of(table)} and status <> 'started'`;
      const [row] = await session.query(
        [
          `select ${dialect.toText('b.batch_id', { kind: 'int', bits: 64 })}, b.kind,`,
          "  case when e.batch_id is null then 'open' else 'ended' end",
          `from ${batches} as b left join (${ended}) as e on e.batch_id = b.batch_id`,
          `where b.table_name = ${text(table)} and b.status = 'started'`,
          'order by b.batch_id desc, b.recorded_at desc\nlimit 1',
        ].join('\n'),
      );
      if (!row) return null;
      const batchId = BigInt(row[0]!);
      const files = await this.batchFiles(table, batchId, 'started');
      return { batchId, kind: row[1] as BatchKind, files, ended: row[2] === 'ended' };
    },

    /** Files of a batch under a status, as last recorded, in no order. */
    async batchFiles(table: string, batchId: bigint, status: 'started' | 'applied'): Promise<LedgerFile[]> {
      const newest = `recorded_at = (select max(recorded_at) from ${dialect.tableName(ref(FILES))} ${of(table)} and batch_id = ${batchId} and status = ${text(status)})`;
      const rows = await select(
        FILES,
        FILE_COLUMNS,
        `${of(table)} and batch_id = ${batchId} and status = ${text(status)} and ${newest}`,
      );
      return rows.map(parseFile);
    },

    /** Every file ever applied, with the batch that did it, in no order. */
    async allApplied(table: string): Promise<(LedgerFile & { readonly batchId: bigint })[]> {
      const rows = await select(FILES, [...FILE_COLUMNS, 'batch_id'], `${of(table)} and status = 'applied'`);
      return rows.map((row) => ({ ...parseFile(row), batchId: BigInt(row[FILE_COLUMNS.length]!) }));
    },

    /** How many files were rejected at or after the time they were applied, which must never happen. */
    async appliedThenRejected(table: string): Promise<number> {
      const files = dialect.tableName(ref(FILES));
      const [row] = await session.query(
        [
          `select ${dialect.toText('count(*)', { kind: 'int', bits: 64 })}`,
          `from (select path, version, generation, max(recorded_at) as at from ${files} ${of(table)} and status = 'rejected' group by path, version, generation) as r`,
          `join (select path, version, generation, min(recorded_at) as at from ${files} ${of(table)} and status = 'applied' group by path, version, generation) as a`,
          'on a.path = r.path and a.version = r.version and a.generation = r.generation and a.at <= r.at',
        ].join('\n'),
      );
      return number(row?.[0]);
    },

    /** Full-load files of a generation that were rejected or went missing, and of which no version was applied since. */
    async unreadOfGeneration(table: string, generation: number): Promise<string[]> {
      const rows = await select(
        FILES,
        ['path', 'status'],
        `${of(table)} and full_load and generation = ${generation} and status in ('rejected', 'missing', 'applied')`,
      );
      const applied = new Set(rows.filter((row) => row[1] === 'applied').map((row) => row[0]!));
      return [...new Set(rows.map((row) => row[0]!))].filter((path) => !applied.has(path)).sort();
    },

    /** Every applied batch, oldest first. */
    async batches(table: string): Promise<BatchRecord[]> {
      const rows = await select(
        BATCHES,
        BATCH_COLUMNS,
        `${of(table)} and status = 'applied' order by batch_id`,
      );
      return rows.map(parseBatch);
    },

    /** The batch applied last, and the newest commit time of all; null where there is none. */
    async newest(table: string): Promise<{ batch: BatchRecord | null; commit: string | null }> {
      const applied = `${of(table)} and status = 'applied'`;
      const [last] = await select(BATCHES, BATCH_COLUMNS, `${applied} order by batch_id desc limit 1`);
      const [newest] = await session.query(
        `select ${dialect.toText('max(last_commit)', { kind: 'timestamptz' })}\nfrom ${dialect.tableName(ref(BATCHES))}\n${applied}`,
      );
      return { batch: last ? parseBatch(last) : null, commit: newest?.[0] ?? null };
    },

    /** The newest applied batch; 0 before the first. */
    async lastApplied(table: string): Promise<bigint> {
      const [row] = await session.query(
        `select ${dialect.toText('coalesce(max(batch_id), 0)', { kind: 'int', bits: 64 })}\nfrom ${dialect.tableName(ref(BATCHES))}\n${of(table)} and status = 'applied'`,
      );
      return BigInt(row?.[0] ?? 0);
    },

    /** Records the begin or the end of a reload. */
    async recordGeneration(into: SqlSession, table: string, generation: Generation): Promise<void> {
      await insert(into, GENERATIONS, [{ table_name: table, ...generation, recorded_at: clock.now() }]);
    },

    /** Every reload of a table with its last status, oldest first. */
    async generations(table: string): Promise<Generation[]> {
      const rows = await select(
        GENERATIONS,
        ['generation', 'instant', 'status'],
        `${of(table)} order by generation, recorded_at`,
      );
      const last = new Map<number, Generation>();
      for (const [generation, instant, status] of rows) {
        const id = number(generation);
        last.set(id, { generation: id, instant: instant!, status: status as Generation['status'] });
      }
      return [...last.values()];
    },

    /** Rows applied from the files of one load generation. */
    async generationRows(table: string, generation: number): Promise<number> {
      const [row] = await session.query(
        `select ${dialect.toText(`coalesce(sum(${dialect.quoteIdentifier('rows')}), 0)`, { kind: 'int', bits: 64 })}\nfrom ${dialect.tableName(ref(FILES))}\n${of(table)} and status = 'applied' and full_load and generation = ${generation}`,
      );
      return number(row?.[0]);
    },

    /** Remembers that a key was erased, now. Never the key itself. */
    async recordErasure(
      into: SqlSession,
      table: string,
      { keyColumns, keyHash }: Omit<Erasure, 'erasedAt'>,
    ): Promise<void> {
      const key = { key_columns: JSON.stringify(keyColumns), key_hash: keyHash };
      await insert(into, ERASURES, [{ table_name: table, ...key, erased_at: clock.now() }]);
    },

    /** Every erasure, oldest first. */
    async erasures(table: string): Promise<Erasure[]> {
      const rows = await select(
        ERASURES,
        ['key_columns', 'key_hash', 'erased_at'],
        `${of(table)} order by erased_at`,
      );
      return rows.map(([keyColumns, keyHash, erasedAt]) => ({
        keyColumns: JSON.parse(keyColumns!) as string[],
        keyHash: keyHash!,
        erasedAt: erasedAt!,
      }));
    },
  };
}

function fileRows(
  files: readonly LedgerFile[],
  common: Record<string, LedgerValue>,
): Record<string, LedgerValue>[] {
  return files.map((file) => ({
    path: file.path,
    version: file.version,
    generation: file.generation,
    full_load: file.fullLoad,
    size: file.size,
    rows: file.rows,
    first_commit: file.firstCommit,
    last_commit: file.lastCommit,
    arrived_at: file.arrivedAt,
    ...common,
  }));
}

function parseFile(row: TextRow): LedgerFile {
  return {
    path: row[0]!,
    version: row[1]!,
    generation: number(row[2]),
    fullLoad: row[3] === 'true',
    size: number(row[4]),
    rows: row[5] === null ? null : number(row[5]),
    firstCommit: row[6] ?? null,
    lastCommit: row[7] ?? null,
    arrivedAt: row[8]!,
  };
}

function parseBatch(row: TextRow): BatchRecord {
  return {
    batchId: BigInt(row[0]!),
    kind: row[1] as BatchKind,
    files: number(row[2]),
    rows: number(row[3]),
    lastCommit: row[4] ?? null,
    reloadInstant: row[5] ?? null,
    recordedAt: row[6]!,
  };
}
