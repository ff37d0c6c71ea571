import type { Dialect, TableRef } from '../ports.ts';
import { HEADS, renderInsert } from './ledger-tables.ts';
import type { TimedOut } from './read-head.ts';

/** The right to write one table, with the number that proves it. */
export interface Lease {
  readonly table: string;
  readonly owner: string;
  /** Grows with every claim; a writer with an older one has lost its right. */
  readonly fence: bigint;
  readonly historyId: string;
  /** Last batch id given out when the lease was taken. */
  readonly batchId: bigint;
  /** Settings the history was begun under, as they were then; null before its first batch. */
  readonly settings: string | null;
  /** Fingerprint of the `_versions` view as it was made last, then. */
  readonly view: string | null;
  /** The newest batch id known to be at its end, then; null when none was. */
  readonly settled: bigint | null;
  /** The newest commit time of all that was applied, then; null before the first. */
  readonly newestCommit: string | null;
  /** The smallest batch that took too long within the last day, then; null when none did. */
  readonly timedOut: TimedOut | null;
}

export interface LeaseRequest {
  readonly table: string;
  /** `<process>/<worker>`, unique. */
  readonly owner: string;
  readonly now: string;
  readonly expiresAt: string;
  /** Of the head that was looked at; null where none was seen. */
  readonly historyId: string | null;
  /** The newest claim that was given back; null when none was. */
  readonly released: bigint | null;
  /** The claim that must be the newest one still; null where any may be. */
  readonly after: bigint | null;
}

/** Makes the head row of a table unless it has one. */
export function renderEnsureHead(
  dialect: Dialect,
  ref: TableRef,
  table: string,
  historyId: string,
  now: string,
): string {
  const row = { table_name: table, history_id: historyId, fence: 0, owner: null, expires_at: now };
  const insert = renderInsert(dialect, ref, HEADS, [row]);
  const [head, values] = insert.split('\nvalues\n') as [string, string];
  const name = dialect.stringLiteral(table);
  return `${head}\nselect * from (values ${values.trim()}) as v\nwhere not exists (select 1 from ${dialect.tableName(ref)} where table_name = ${name})`;
}

/** Takes the head when it is free, given back, expired, already ours, or left behind by a process that must be dead. */
export function renderClaim(dialect: Dialect, ref: TableRef, request: LeaseRequest): string {
  const { stringLiteral: text, instantLiteral: instant } = dialect;
  const process = request.owner.split('/')[0]!;
  const free = [
    'owner is null',
    `owner = ${text(request.owner)}`,
    `expires_at <= ${instant(request.now)}`,
    // A literal: not every engine takes a subquery here, and a fence names one claim for ever.
    ...(request.released === null ? [] : [`fence = ${request.released}`]),
    ...(dialect.capabilities.oneProcess ? [`owner not like ${text(`${process}/%`)}`] : []),
  ];
  return [
    `update ${dialect.tableName(ref)} set`,
    `  fence = fence + 1, owner = ${text(request.owner)}, expires_at = ${instant(request.expiresAt)}`,
    `where table_name = ${text(request.table)}`,
    ...(request.historyId === null ? [] : [`  and history_id = ${text(request.historyId)}`]),
    ...(request.after === null ? [] : [`  and fence = ${request.after}`]),
    `  and (${free.join(' or ')})`,
  ].join('\n');
}

/** Extends a lease if it is still ours; otherwise changes nothing. */
export function renderExtend(dialect: Dialect, ref: TableRef, lease: Lease, expiresAt: string): string {
  return [
    `update ${dialect.tableName(ref)} set expires_at = ${dialect.instantLiteral(expiresAt)}`,
    `where table_name = ${dialect.stringLiteral(lease.table)} and fence = ${lease.fence} and owner = ${dialect.stringLiteral(lease.owner)}`,
  ].join('\n');
}

/** Ends a claim if it is still the newest one; otherwise changes nothing. A new fence, so that its holder notices. */
export function renderBreakClaim(
  dialect: Dialect,
  ref: TableRef,
  { table, fence, now }: { readonly table: string; readonly fence: bigint; readonly now: string },
): string {
  return [
    `update ${dialect.tableName(ref)} set`,
    `  fence = fence + 1, owner = cast(null as ${dialect.columnType({ kind: 'string' })}), expires_at = ${dialect.instantLiteral(now)}`,
    `where table_name = ${dialect.stringLiteral(table)} and fence = ${fence}`,
  ].join('\n');
}

/** Sets one column of a table's head. */
export function renderSetHead(
  dialect: Dialect,
  ref: TableRef,
  table: string,
  column: 'history_id' | 'settings' | 'view',
  value: string,
): string {
  return `update ${dialect.tableName(ref)} set ${dialect.quoteIdentifier(column)} = ${dialect.stringLiteral(value)}\nwhere table_name = ${dialect.stringLiteral(table)}`;
}
