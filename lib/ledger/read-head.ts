import type { ColumnType } from '../config/column-type.ts';
import type { Dialect } from '../ports.ts';
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

/** Who has claimed a table, or null before its first claim: the part of its head that one small table tells. */
export async function readClaim(
  { session, dialect, ref, of }: LedgerIo,
  table: string,
): Promise<Pick<Head, 'fence' | 'owner' | 'expiresAt'> | null> {
  const columns = claimColumns(dialect).join(', ');
  const [row] = await session.query(`select ${columns}\nfrom ${dialect.tableName(ref(HEADS))}\n${of(table)}`);
  if (!row) return null;
  return { fence: BigInt(row[0]!), owner: row[1] ?? null, expiresAt: row[2]! };
}

/** The head of a table, or null before its first claim. */
export async function readHead({ session, dialect, ref, of }: LedgerIo, table: string): Promise<Head | null> {
  const text = (name: string): string => dialect.toText(dialect.quoteIdentifier(name), { kind: 'string' });
  // One look at the batches for both: two subqueries cost a warehouse twice as much.
  const [row] = await session.query(
    [
      'select',
      `  ${claimColumns(dialect).join(', ')},`,
      `  ${text('history_id')}, ${text('settings')}, ${text('view')},`,
      `  ${dialect.toText('newest', INT)}, ${dialect.toText('released', INT)}`,
      `from (select * from ${dialect.tableName(ref(HEADS))} ${of(table)}) as h`,
      'cross join (',
      "  select max(batch_id) as newest, max(case when status = 'released' then fence end) as released",
      `  from ${dialect.tableName(ref(BATCHES))} ${of(table)}`,
      ') as b',
    ].join('\n'),
  );
  if (!row) return null;
  return {
    fence: BigInt(row[0]!),
    owner: row[1] ?? null,
    expiresAt: row[2]!,
    historyId: row[3]!,
    settings: row[4] ?? null,
    view: row[5] ?? null,
    batchId: BigInt(row[6] ?? 0),
    released: row[7] ? BigInt(row[7]) : null,
  };
}

const claimColumns = (dialect: Dialect): readonly string[] => [
  dialect.toText('fence', INT),
  dialect.toText('owner', { kind: 'string' }),
  dialect.toText('expires_at', { kind: 'timestamptz' }),
];
