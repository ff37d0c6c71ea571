import { createHash, randomBytes } from 'node:crypto';
import { TransientError } from '../../errors.ts';
import { quoteIdentifier, quoteQualified } from './quote.ts';
import type { PlannedColumn } from './plan-table.ts';
import type { Session } from './session.ts';

const HASH_CHARS = 16;

/** A number and a name prefix that stand for one target table, whatever its length. */
function tableHash(schema: string, table: string): Buffer {
  return createHash('sha256').update(`tidemark\0${schema}\0${table}`).digest();
}

/** Staging tables of one target table begin with this; two tables never share it. */
export function stagingPrefix(schema: string, table: string): string {
  return `_tidemark_stage_${tableHash(schema, table).toString('hex').slice(0, HASH_CHARS)}_`;
}

/** Names of one export's staging tables, quoted: for rows, and for the keys to delete. */
export function stagingNames(schema: string, table: string): { rows: string; keys: string } {
  const name = stagingPrefix(schema, table) + randomBytes(6).toString('hex');
  return { rows: quoteQualified(schema, name), keys: quoteQualified(schema, `${name}_k`) };
}

/** Unlogged: nobody will miss the rows after a crash, and writing them costs half. */
export function renderStagingTable(staging: string, columns: readonly PlannedColumn[]): string {
  const lines = columns.map(({ name, declaration }) => `  ${quoteIdentifier(name)} ${declaration}`);
  return `create unlogged table ${staging} (\n${lines.join(',\n')}\n)`;
}

/**
 * Waits until no other export of this target table runs, and holds the turn until the session ends. Throws
 * `TransientError` TARGET_BUSY after `waitMs`.
 */
export async function takeTurn(
  session: Session,
  schema: string,
  table: string,
  waitMs: number,
): Promise<void> {
  const key = tableHash(schema, table).readBigInt64BE(0).toString();
  const doing = `waiting for other exports of ${schema}.${table}`;
  await session.query(doing, `select pg_catalog.set_config('lock_timeout', $1, false)`, [String(waitMs)]);
  try {
    await session.query(doing, 'select pg_catalog.pg_advisory_lock($1::bigint)', [key]);
  } catch (error) {
    if (!(error instanceof TransientError) || error.context.sqlState !== '55P03') throw error;
    throw new TransientError(
      'TARGET_BUSY',
      `Another export of ${schema}.${table} has been running for more than ${waitMs / 1000} s. Run this one again later.`,
      { cause: error },
    );
  }
}

/** Drops what killed exports of this target table left behind. Only for the holder of the turn. */
export async function dropLeftovers(session: Session, schema: string, table: string): Promise<number> {
  const prefix = stagingPrefix(schema, table);
  const doing = `dropping leftovers of ${schema}.${table}`;
  const { rows } = await session.query(
    doing,
    `select c.relname as name
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = $1 and c.relkind = 'r' and left(c.relname, length($2)) = $2`,
    [schema, prefix],
  );
  for (const { name } of rows)
    await session.query(doing, `drop table if exists ${quoteQualified(schema, name ?? '')}`);
  return rows.length;
}
