import { createHash, randomBytes } from 'node:crypto';
import { TransientError } from '../../errors.ts';
import { quoteIdentifier, quoteQualified } from './quote.ts';
import type { PlannedColumn } from './plan-table.ts';
import type { Session } from './session.ts';

const HASH_CHARS = 16;
const ID_CHARS = 12;

/** A number and a name prefix that stand for one target table, whatever its length. */
function tableHash(schema: string, table: string): Buffer {
  return createHash('sha256').update(`tidemark\0${schema}\0${table}`).digest();
}

/** Staging tables of one target table begin with this; two tables never share it. */
export function stagingPrefix(schema: string, table: string): string {
  return `_tidemark_stage_${tableHash(schema, table).toString('hex').slice(0, HASH_CHARS)}_`;
}

/** Names of one export's staging tables, quoted but for `prefix`. */
export interface StagingNames {
  /** All of them begin so, and nothing else does. */
  readonly prefix: string;
  /** What to read the rows from. */
  readonly rows: string;
  /** What to read the keys to delete from. */
  readonly keys: string;
}

/** Where an export of this process stages its rows. Different with every call. */
export function stagingNames(schema: string, table: string): StagingNames {
  const prefix = stagingPrefix(schema, table) + randomBytes(ID_CHARS / 2).toString('hex');
  return { prefix, rows: quoteQualified(schema, prefix), keys: quoteQualified(schema, `${prefix}_k`) };
}

/** Names of a shared export's staging tables, whose `rows` and `keys` read those of all parts. */
export interface SharedStaging extends StagingNames {
  /** Holds which parts are there, and since when. */
  readonly progress: string;
  partRows(part: number): string;
  partKeys(part: number): string;
}

/** Every shared export's tables begin with this; those of an export in one process never do. */
export function sharedPrefix(schema: string, table: string): string {
  return `${stagingPrefix(schema, table)}r`;
}

/** Where a shared export stages its rows. The same in every process. */
export function sharedStaging(schema: string, table: string, runId: string): SharedStaging {
  const id = createHash('sha256').update(runId).digest('hex').slice(0, ID_CHARS);
  const prefix = `${sharedPrefix(schema, table)}${id}_`;
  const name = (suffix: string): string => quoteQualified(schema, `${prefix}${suffix}`);
  return {
    prefix,
    rows: name('rows'),
    keys: name('keys'),
    progress: name(PROGRESS),
    partRows: (part) => name(`r${part}`),
    partKeys: (part) => name(`k${part}`),
  };
}

/** End of the name of the table that holds the progress of a shared export. */
export const PROGRESS = 'progress';

/** Unlogged: nobody will miss the rows after a crash, and writing them costs half. */
export function renderStagingTable(staging: string, columns: readonly PlannedColumn[]): string {
  const lines = columns.map(({ name, declaration }) => `  ${quoteIdentifier(name)} ${declaration}`);
  return `create unlogged table ${staging} (\n${lines.join(',\n')}\n)`;
}

/** A table with the columns of `whole`, which reads the rows of this one, too. */
export function renderStagingPart(part: string, whole: string): string {
  return `create unlogged table ${part} () inherits (${whole})`;
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

/**
 * Drops the staging tables of a target table whose names begin so, and says how many there were. Only for the holder of
 * the turn.
 *
 * @param prefix @default everything that is staged for the table
 */
export async function dropStaging(
  session: Session,
  schema: string,
  table: string,
  prefix = stagingPrefix(schema, table),
): Promise<number> {
  const doing = `dropping what was staged for ${schema}.${table}`;
  const names = await stagingTables(session, doing, schema, prefix);
  if (names.length === 0) return 0;
  // In one statement: parts hang on the table that reads them all.
  await session.query(
    doing,
    `drop table if exists ${names.map((name) => quoteQualified(schema, name)).join(', ')}`,
  );
  return names.length;
}

/** Names of the tables of a schema that begin so. */
export async function stagingTables(
  session: Session,
  doing: string,
  schema: string,
  prefix: string,
): Promise<string[]> {
  const { rows } = await session.query(
    doing,
    `select c.relname as name
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = $1 and c.relkind = 'r' and left(c.relname, length($2)) = $2`,
    [schema, prefix],
  );
  return rows.map(({ name }) => name ?? '');
}
