import type { ColumnType } from '../config/column-type.ts';
import { addSeconds } from '../instant.ts';
import type { Clock } from '../ports.ts';
import type { LedgerIo } from './ledger-io.ts';
import { BATCHES, HEADS, renderValue } from './ledger-tables.ts';

/** The newest claim of a table, given back or not. */
export interface LastClaim {
  readonly table: string;
  /** Who it is, see `parseWorker`; null after a person took the table away. */
  readonly owner: string | null;
  /** Not given back, and not expired. */
  readonly isHeld: boolean;
}

/** A table of an export. */
export interface ExportedTable {
  readonly export: string;
  readonly table: string;
}

/** What an export lacks of a table. */
export interface UnsentBatches extends ExportedTable {
  /** When the oldest applied batch was recorded that it has not sent; ISO instant. */
  readonly since: string;
}

const INT: ColumnType = { kind: 'int', bits: 64 };
const TEXT: ColumnType = { kind: 'string' };
const INSTANT: ColumnType = { kind: 'timestamptz' };

/** No claim is older than this and still held; so far back it is looked for what was given back. */
const CLAIM_SECONDS = 24 * 3600;

/** What is looked at over all tables at once, by few questions however many tables there are. */
export function createSurveyLedger(io: LedgerIo, clock: Clock) {
  const { session, dialect, ref, text } = io;
  const batches = dialect.tableName(ref(BATCHES));
  const read = (name: string, type: ColumnType): string => dialect.toText(name, type);
  return {
    /** The newest claim of every table that was ever claimed, in no order. */
    async claims(): Promise<LastClaim[]> {
      const now = clock.now();
      const heads = await io.select(HEADS, ['table_name', 'owner', 'fence', 'expires_at'], '');
      const given = await session.query(
        [
          `select ${read('table_name', TEXT)}, ${read('max(fence)', INT)}`,
          `from ${batches}`,
          `where status = 'released' and recorded_at >= ${dialect.instantLiteral(addSeconds(now, -CLAIM_SECONDS))}`,
          'group by table_name',
        ].join('\n'),
      );
      const released = new Map(given.map(([table, fence]) => [table, fence]));
      return heads.map(([table, owner = null, fence, expiresAt]) => ({
        table: table!,
        owner,
        isHeld: owner !== null && expiresAt! > now && released.get(table!) !== fence,
      }));
    },

    /** Records that an export has sent everything of a table up to a batch. Twice is once. */
    async exported({ export: name, table }: ExportedTable, batchId: bigint): Promise<void> {
      const row = { table_name: table, batch_id: batchId, status: 'exported', kind: name };
      await io.insert(session, BATCHES, [{ ...row, recorded_at: clock.now() }]);
    },

    /** Of these tables of exports those that lack a batch, in no order; one that was never sent lacks all. */
    async unsent(tables: readonly ExportedTable[]): Promise<UnsentBatches[]> {
      if (tables.length === 0) return [];
      const wanted = tables.map(({ export: name, table }) => `(${text(name)}, ${text(table)})`);
      const zero = renderValue(dialect, INT, 0);
      const rows = await session.query(
        [
          'with wanted as (',
          `  select * from (values ${wanted.join(', ')}) as v(export_name, table_name)`,
          '), sent as (',
          `  select kind as export_name, table_name, max(batch_id) as batch_id from ${batches}`,
          "  where status = 'exported'",
          '  group by kind, table_name',
          ')',
          `select ${read('w.export_name', TEXT)}, ${read('w.table_name', TEXT)}, ${read('min(b.recorded_at)', INSTANT)}`,
          'from wanted as w',
          'left join sent as s on s.export_name = w.export_name and s.table_name = w.table_name',
          `join ${batches} as b on b.table_name = w.table_name and b.status = 'applied'`,
          `where b.batch_id > coalesce(s.batch_id, ${zero})`,
          'group by w.export_name, w.table_name',
        ].join('\n'),
      );
      return rows.map(([name, table, since]) => ({ export: name!, table: table!, since: since! }));
    },
  };
}
