import type { ColumnType } from '../config/column-type.ts';
import type { LedgerIo } from './ledger-io.ts';
import { BATCHES, HEADS } from './ledger-tables.ts';

/** How a table stands in the ledger. */
export interface Head {
  readonly historyId: string;
  /** Newest batch id given out; 0 before the first. */
  readonly batchId: bigint;
  /** Settings the history was begun under; null before its first batch. */
  readonly settings: string | null;
  /** Fingerprint of the `_versions` view as it was last made. */
  readonly view: string | null;
  readonly fence: bigint;
  readonly owner: string | null;
  readonly expiresAt: string;
  /** Fence of the newest claim that was given back. */
  readonly released: bigint | null;
}

const INT: ColumnType = { kind: 'int', bits: 64 };

/** The head of a table, or null before its first claim. */
export async function readHead({ session, dialect, ref, of }: LedgerIo, table: string): Promise<Head | null> {
  const q = dialect.quoteIdentifier;
  const text = (name: string): string => dialect.toText(`h.${q(name)}`, { kind: 'string' });
  const [row] = await session.query(
    [
      'select',
      `  ${text('history_id')}, ${dialect.toText('coalesce(b.newest, 0)', INT)}, ${text('settings')}, ${text('view')},`,
      `  ${dialect.toText('h.fence', INT)}, ${text('owner')}, ${dialect.toText('h.expires_at', { kind: 'timestamptz' })},`,
      `  ${dialect.toText('b.released', INT)}`,
      `from ${dialect.tableName(ref(HEADS))} as h`,
      'cross join (',
      "  select max(batch_id) as newest, max(case when status = 'released' then fence end) as released",
      `  from ${dialect.tableName(ref(BATCHES))} ${of(table)}`,
      ') as b',
      `where h.table_name = ${dialect.stringLiteral(table)}`,
    ].join('\n'),
  );
  if (!row) return null;
  return {
    historyId: row[0]!,
    batchId: BigInt(row[1]!),
    settings: row[2] ?? null,
    view: row[3] ?? null,
    fence: BigInt(row[4]!),
    owner: row[5] ?? null,
    expiresAt: row[6]!,
    released: row[7] ? BigInt(row[7]) : null,
  };
}
