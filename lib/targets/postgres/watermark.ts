import { TerminalError } from '../../errors.ts';
import type { Watermark } from '../../ports.ts';
import { quoteQualified } from './quote.ts';
import type { Session } from './session.ts';

const TABLE = '_tidemark_watermarks';

/** A watermark as the target stores it. */
export interface StoredWatermark extends Watermark {
  /** Which publish wrote it: tells after a lost reply whether that publish was committed. */
  readonly exportId: string;
  /** `pg_class.oid` of the table it is about; a table made anew has another. */
  readonly tableOid: string;
  /** An export made the table. */
  readonly createdTable: boolean;
}

/** Reads the watermark of a target table, or null when there is none. */
export async function readWatermark(
  session: Session,
  schema: string,
  table: string,
): Promise<StoredWatermark | null> {
  if (!(await watermarkTableExists(session, schema))) return null;
  const { rows } = await session.query(
    `reading the watermark of ${schema}.${table}`,
    `select history_id, config_hash, kind, as_of, batch_id, exported_at, export_id, table_oid, created_table
from ${quoteQualified(schema, TABLE)}
where target_table = $1`,
    [table],
  );
  const [row] = rows;
  if (!row) return null;
  return {
    historyId: row.history_id ?? '',
    configHash: row.config_hash ?? '',
    kind: row.kind === 'as-of' ? 'as-of' : 'current',
    asOf: row.as_of ?? null,
    batchId: BigInt(row.batch_id ?? 0),
    exportedAt: row.exported_at ?? '',
    exportId: row.export_id ?? '',
    tableOid: row.table_oid ?? '',
    createdTable: row.created_table === 't',
  };
}

/** Names of the tables of a schema that have a watermark. */
export async function readTargetTables(session: Session, schema: string): Promise<string[]> {
  if (!(await watermarkTableExists(session, schema))) return [];
  const { rows } = await session.query(
    `reading the watermarks of schema ${schema}`,
    `select target_table from ${quoteQualified(schema, TABLE)}`,
  );
  return rows.map((row) => row.target_table ?? '');
}

/** True when an export made the very table that stands there now, so that exports may widen its columns. */
export function ownsTable(stored: StoredWatermark | null, tableOid: string | undefined): boolean {
  return stored?.createdTable === true && stored.tableOid === tableOid;
}

/** Makes the bookkeeping table of a schema if it is not there. Inside the publishing transaction. */
export async function ensureWatermarkTable(session: Session, schema: string): Promise<void> {
  if (await watermarkTableExists(session, schema)) return;
  const doing = `creating the bookkeeping table of schema ${schema}`;
  // "if not exists" alone fails when two exports run it at once.
  await session.query(
    doing,
    'select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 7470))',
    [schema],
  );
  await session.query(
    doing,
    `create table if not exists ${quoteQualified(schema, TABLE)} (
  target_table text primary key,
  history_id text not null,
  config_hash text not null,
  kind text not null,
  as_of text,
  batch_id bigint not null,
  exported_at text not null,
  export_id text not null,
  table_oid bigint not null,
  created_table boolean not null
)`,
  );
}

/** Writes the watermark of a target table in place of the one before. */
export async function writeWatermark(
  session: Session,
  schema: string,
  table: string,
  mark: StoredWatermark,
): Promise<void> {
  await session.query(
    `writing the watermark of ${schema}.${table}`,
    `insert into ${quoteQualified(schema, TABLE)} as w
  (target_table, history_id, config_hash, kind, as_of, batch_id, exported_at, export_id, table_oid, created_table)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (target_table) do update set
  history_id = excluded.history_id, config_hash = excluded.config_hash, kind = excluded.kind, as_of = excluded.as_of,
  batch_id = excluded.batch_id, exported_at = excluded.exported_at, export_id = excluded.export_id,
  table_oid = excluded.table_oid, created_table = excluded.created_table`,
    [
      table,
      mark.historyId,
      mark.configHash,
      mark.kind,
      mark.asOf,
      String(mark.batchId),
      mark.exportedAt,
      mark.exportId,
      mark.tableOid,
      mark.createdTable,
    ],
  );
}

/**
 * Throws `TerminalError` EXPORT_SUPERSEDED when the stored watermark is of a newer batch of the same snapshot of the
 * same history, unless that batch is known to be impossible.
 */
export function assertNotSuperseded(
  stored: StoredWatermark | null,
  mark: Watermark,
  where: string,
  impossibleBatch: bigint | null = null,
): void {
  if (stored?.historyId !== mark.historyId) return;
  if (stored.kind !== mark.kind || stored.asOf !== mark.asOf) return;
  if (stored.batchId <= mark.batchId || stored.batchId === impossibleBatch) return;
  throw new TerminalError(
    'EXPORT_SUPERSEDED',
    `${where} already holds batch ${stored.batchId} of this history, newer than batch ${mark.batchId} of this export. ` +
      'Nothing was changed. Export again to send the newest batch.',
    { context: { stored: String(stored.batchId), ours: String(mark.batchId) } },
  );
}

async function watermarkTableExists(session: Session, schema: string): Promise<boolean> {
  const sql = `select pg_catalog.to_regclass($1) is not null as found`;
  const { rows } = await session.query('looking for the bookkeeping table', sql, [
    quoteQualified(schema, TABLE),
  ]);
  return rows[0]?.found === 't';
}
