import type { Clock } from '../ports.ts';
import { type LedgerIo, ROWS_PER_STATEMENT, toNumber } from './ledger-io.ts';
import { FILE_COLUMNS, fileRows, parseFile } from './ledger-rows.ts';
import { FILES } from './ledger-tables.ts';
import type { AppliedFile, LedgerFile, Rejection } from './records.ts';

export type FileLedger = ReturnType<typeof createFileLedger>;

/** What became of each file. */
export function createFileLedger(io: LedgerIo, clock: Clock) {
  const { session, dialect } = io;
  return {
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
      await io.insert(session, FILES, fileRows([file], row));
    },

    /** Files that a batch applied, as last recorded, in no order. */
    async appliedIn(table: string, batchId: bigint): Promise<LedgerFile[]> {
      const applied = `${io.of(table)} and batch_id = ${batchId} and status = 'applied'`;
      const newest = `recorded_at = (select max(recorded_at) from ${dialect.tableName(io.ref(FILES))} ${applied})`;
      const rows = await io.select(FILES, FILE_COLUMNS, `${applied} and ${newest}`);
      return rows.map(parseFile);
    },

    /** Which of these paths were applied before, in every version and generation. */
    async appliedFiles(table: string, paths: readonly string[]): Promise<AppliedFile[]> {
      const found: AppliedFile[] = [];
      for (let at = 0; at < paths.length; at += ROWS_PER_STATEMENT) {
        const some = paths
          .slice(at, at + ROWS_PER_STATEMENT)
          .map(io.text)
          .join(', ');
        const rows = await io.select(
          FILES,
          ['path', 'version', 'generation', 'batch_id'],
          `${io.of(table)} and status = 'applied' and path in (${some})`,
        );
        found.push(
          ...rows.map(([path, version, generation, batchId]) => ({
            path: path!,
            version: version!,
            generation: toNumber(generation),
            batchId: BigInt(batchId!),
          })),
        );
      }
      return found;
    },

    /** Every file ever applied, with the batch that did it, in no order. */
    async allApplied(table: string): Promise<(LedgerFile & { readonly batchId: bigint })[]> {
      const rows = await io.select(
        FILES,
        [...FILE_COLUMNS, 'batch_id'],
        `${io.of(table)} and status = 'applied'`,
      );
      return rows.map((row) => ({ ...parseFile(row), batchId: BigInt(row[FILE_COLUMNS.length]!) }));
    },

    /** How many files were rejected at or after the time they were applied, which must never happen. */
    async appliedThenRejected(table: string): Promise<number> {
      const files = dialect.tableName(io.ref(FILES));
      const [row] = await session.query(
        [
          `select ${dialect.toText('count(*)', { kind: 'int', bits: 64 })}`,
          `from (select path, version, generation, max(recorded_at) as at from ${files} ${io.of(table)} and status = 'rejected' group by path, version, generation) as r`,
          `join (select path, version, generation, min(recorded_at) as at from ${files} ${io.of(table)} and status = 'applied' group by path, version, generation) as a`,
          'on a.path = r.path and a.version = r.version and a.generation = r.generation and a.at <= r.at',
        ].join('\n'),
      );
      return toNumber(row?.[0]);
    },

    /**
     * The load generation a file was given when it was rejected (or released to another name), by path and version;
     * undefined if it never was.
     */
    async rejectedGenerations(table: string, paths: readonly string[]): Promise<Map<string, number>> {
      const found = new Map<string, number>();
      for (let at = 0; at < paths.length; at += ROWS_PER_STATEMENT) {
        const some = paths
          .slice(at, at + ROWS_PER_STATEMENT)
          .map(io.text)
          .join(', ');
        const rows = await io.select(
          FILES,
          ['path', 'version', 'generation'],
          `${io.of(table)} and status in ('rejected', 'released') and path in (${some})`,
        );
        for (const [path, version, generation] of rows)
          found.set(`${path}\u0000${version}`, toNumber(generation));
      }
      return found;
    },

    /** Every rejection recorded, newest last. */
    async rejections(table: string): Promise<Rejection[]> {
      const rows = await io.select(
        FILES,
        [...FILE_COLUMNS, 'code', 'message', 'recorded_at'],
        `${io.of(table)} and status = 'rejected' order by recorded_at`,
      );
      return rows.map((row) => ({
        file: parseFile(row),
        code: row[FILE_COLUMNS.length] ?? '',
        message: row[FILE_COLUMNS.length + 1] ?? '',
        rejectedAt: row[FILE_COLUMNS.length + 2]!,
      }));
    },
  };
}
