import type { ColumnType } from '../config/column-type.ts';
import { addSeconds } from '../instant.ts';
import type { Dialect } from '../ports.ts';
import { type LedgerIo, toNumber } from './ledger-io.ts';
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
  /** The newest batch id known to be at its end, its files moved; null when none is. */
  readonly settled: bigint | null;
  /** The newest commit time of all that was applied; null where there is none. */
  readonly newestCommit: string | null;
  /** The smallest batch that took too long within the last day; null when none did. */
  readonly timedOut: TimedOut | null;
}

/** The size of what took too long. */
export interface TimedOut {
  readonly files: number;
  readonly bytes: number;
}

/** How long a batch that took too long keeps the next ones small. After it the full size is tried again. */
const MEMORY_SECONDS = 24 * 3600;

/**
 * A table has one head. Where two workers claim it for the first time at once, an engine that keeps inserts apart may give
 * it two: then both look at the same one, which is that of whoever was first to claim.
 */
const FIRST_HEAD = 'order by fence desc, history_id limit 1';

const INT: ColumnType = { kind: 'int', bits: 64 };

/** Who has claimed a table, or null before its first claim: the part of its head that one small table tells. */
export async function readClaim(
  { session, dialect, ref, of }: LedgerIo,
  table: string,
): Promise<Pick<Head, 'fence' | 'owner' | 'expiresAt'> | null> {
  const columns = claimColumns(dialect).join(', ');
  const [row] = await session.query(
    `select ${columns}\nfrom ${dialect.tableName(ref(HEADS))}\n${of(table)}\n${FIRST_HEAD}`,
  );
  if (!row) return null;
  return { fence: BigInt(row[0]!), owner: row[1] ?? null, expiresAt: row[2]! };
}

/** The head of a table at an instant, or null before its first claim. */
export async function readHead(io: LedgerIo, table: string, now: string): Promise<Head | null> {
  // Two looks: as one statement, a join or two subqueries, they cost a warehouse several times as much. In this order:
  // what a claim wrote that is seen as given back is then seen too.
  const [batches = []] = await io.session.query(renderBatchesLook(io, table, now));
  const [row] = await io.session.query(renderHeadLook(io, table));
  if (!row) return null;
  const [newest, released, files, bytes, settled, newestCommit] = batches;
  return {
    fence: BigInt(row[0]!),
    owner: row[1] ?? null,
    expiresAt: row[2]!,
    historyId: row[3]!,
    settings: row[4] ?? null,
    view: row[5] ?? null,
    batchId: BigInt(newest ?? 0),
    released: released ? BigInt(released) : null,
    settled: settled ? BigInt(settled) : null,
    newestCommit: newestCommit ?? null,
    timedOut: files ? { files: toNumber(files), bytes: toNumber(bytes) } : null,
  };
}

function renderHeadLook({ dialect, ref, of }: LedgerIo, table: string): string {
  const text = (name: string): string => dialect.toText(dialect.quoteIdentifier(name), { kind: 'string' });
  const columns = [...claimColumns(dialect), text('history_id'), text('settings'), text('view')];
  return `select ${columns.join(', ')}\nfrom ${dialect.tableName(ref(HEADS))}\n${of(table)}\n${FIRST_HEAD}`;
}

function renderBatchesLook({ dialect, ref, of }: LedgerIo, table: string, now: string): string {
  const since = dialect.instantLiteral(addSeconds(now, -MEMORY_SECONDS));
  const smallest = (name: string): string =>
    `min(case when status = 'timed-out' and recorded_at > ${since} then ${name} end)`;
  const looks = [
    'max(batch_id)',
    "max(case when status = 'released' then fence end)",
    smallest('files'),
    smallest('bytes'),
    "max(case when status = 'released' then batch_id end)",
  ];
  const newestCommit = dialect.toText("max(case when status = 'applied' then last_commit end)", {
    kind: 'timestamptz',
  });
  const columns = [...looks.map((look) => dialect.toText(look, INT)), newestCommit].join(',\n  ');
  return `select ${columns}\nfrom ${dialect.tableName(ref(BATCHES))}\n${of(table)}`;
}

const claimColumns = (dialect: Dialect): readonly string[] => [
  dialect.toText('fence', INT),
  dialect.toText('owner', { kind: 'string' }),
  dialect.toText('expires_at', { kind: 'timestamptz' }),
];
