import type { Dialect, TableRef } from '../ports.ts';
import { HEADS, renderInsert, renderSelect, renderValue } from './ledger-tables.ts';

/** The right to write one table, with the number that proves it. */
export interface Lease {
  readonly table: string;
  readonly owner: string;
  /** Grows with every claim; a writer with an older one has lost its right. */
  readonly fence: bigint;
  readonly historyId: string;
  /** Last batch id given out. */
  readonly batchId: bigint;
}

export interface LeaseRequest {
  readonly table: string;
  /** `<process>/<worker>`, unique. */
  readonly owner: string;
  readonly now: string;
  readonly expiresAt: string;
}

const HEAD_COLUMNS = ['history_id', 'batch_id', 'fence', 'owner', 'expires_at', 'settings'] as const;

/** Makes the head row of a table unless it has one. */
export function renderEnsureHead(
  dialect: Dialect,
  ref: TableRef,
  table: string,
  historyId: string,
  now: string,
): string {
  const row = {
    table_name: table,
    history_id: historyId,
    batch_id: 0,
    fence: 0,
    owner: null,
    expires_at: now,
  };
  const insert = renderInsert(dialect, ref, HEADS, [row]);
  const [head, values] = insert.split('\nvalues\n') as [string, string];
  const name = dialect.stringLiteral(table);
  return `${head}\nselect * from (values ${values.trim()}) as v\nwhere not exists (select 1 from ${dialect.tableName(ref)} where table_name = ${name})`;
}

/** Takes the head when it is free, expired, already ours, or left behind by a process that must be dead. */
export function renderClaim(dialect: Dialect, ref: TableRef, request: LeaseRequest): string {
  const { stringLiteral: text } = dialect;
  const process = request.owner.split('/')[0]!;
  const deadProcess = dialect.capabilities.oneProcess ? ` or owner not like ${text(`${process}/%`)}` : '';
  return [
    `update ${dialect.tableName(ref)} set`,
    `  fence = fence + 1, owner = ${text(request.owner)}, expires_at = ${dialect.instantLiteral(request.expiresAt)}`,
    `where table_name = ${text(request.table)}`,
    `  and (owner is null or owner = ${text(request.owner)} or expires_at <= ${dialect.instantLiteral(request.now)}${deadProcess})`,
  ].join('\n');
}

export function renderReadHead(dialect: Dialect, ref: TableRef, table: string): string {
  return renderSelect(
    dialect,
    ref,
    HEADS,
    HEAD_COLUMNS,
    `where table_name = ${dialect.stringLiteral(table)}`,
  );
}

/** Gives the next batch id out and extends the lease, if the fence is still ours; otherwise changes nothing. */
export function renderAdvance(
  dialect: Dialect,
  ref: TableRef,
  lease: Lease,
  batchId: bigint,
  expiresAt: string,
): string {
  return [
    `update ${dialect.tableName(ref)} set`,
    `  batch_id = ${renderValue(dialect, { kind: 'int', bits: 64 }, batchId)}, expires_at = ${dialect.instantLiteral(expiresAt)}`,
    `where table_name = ${dialect.stringLiteral(lease.table)} and fence = ${lease.fence} and owner = ${dialect.stringLiteral(lease.owner)}`,
  ].join('\n');
}

/** Sets one column of a table's head. */
export function renderSetHead(
  dialect: Dialect,
  ref: TableRef,
  table: string,
  column: 'history_id' | 'settings',
  value: string,
): string {
  return `update ${dialect.tableName(ref)} set ${column} = ${dialect.stringLiteral(value)}\nwhere table_name = ${dialect.stringLiteral(table)}`;
}

/** Frees the head if it is still ours; without a fence, whichever of our claims it was. */
export function renderRelease(
  dialect: Dialect,
  ref: TableRef,
  lease: Pick<Lease, 'table' | 'owner'> & { readonly fence?: bigint },
): string {
  const fence = lease.fence === undefined ? '' : ` and fence = ${lease.fence}`;
  return [
    `update ${dialect.tableName(ref)} set owner = cast(null as ${dialect.columnType({ kind: 'string' })})`,
    `where table_name = ${dialect.stringLiteral(lease.table)}${fence} and owner = ${dialect.stringLiteral(lease.owner)}`,
  ].join('\n');
}
