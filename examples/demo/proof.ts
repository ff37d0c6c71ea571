import type { SourceValues } from '../../lib/dms-files/dms-file.ts';
import type { Workspace } from '../../lib/workspace.ts';
import { type Comparison, compareRows } from './compare-rows.ts';
import type { Played } from './play.ts';
import { readAllVersions, readHistoryRows, readPostgresRows } from './read-tables.ts';
import type { ShopSession } from './shop-session.ts';
import { type ShopTable, TALLIES } from './shop-tables.ts';
import type { Tally } from './tally.ts';

/** One table, looked at in one place, against the source's own rows. */
export interface Proof extends Comparison {
  readonly place: string;
  readonly table: string;
}

/** A moment whose state was kept, with the time of its commit as the history has it. */
export interface KnownTally extends Tally {
  /** ISO instant. */
  readonly at: string;
}

/**
 * The kept moments with the times of their commits. Each wrote a row of `tallies`, which became valid at that commit.
 * One that the history lacks has an empty time.
 */
export async function findTallies(ws: Workspace, tallies: readonly Tally[]): Promise<KnownTally[]> {
  const { effectiveDate } = ws.table(TALLIES).historyColumns;
  const rows = await readAllVersions(ws, TALLIES);
  const times = new Map(rows.map((row) => [Number(row.tally_no), row[effectiveDate] ?? '']));
  return tallies.map((tally) => ({ ...tally, at: times.get(tally.no) ?? '' }));
}

/** What the proofs are made of: the source's own rows, and where they went. */
export interface ProofInput extends Pick<Played, 'last'> {
  readonly tables: readonly ShopTable[];
  readonly ws: Workspace;
  readonly tallies: readonly KnownTally[];
  /** Null when nothing was exported. */
  readonly target: ShopSession | null;
}

/**
 * Compares every value of every row: the current snapshots and the exported tables with the source at the end, the
 * snapshots as of each kept moment with the source right after that commit, where the history keeps every change.
 */
export async function proveAll({ ws, tables, target, tallies, last }: ProofInput): Promise<Proof[]> {
  const proofs: Proof[] = [];
  for (const table of tables) {
    const rows = await readHistoryRows(ws, table.name);
    proofs.push({ place: 'snapshot now', table: table.name, ...compare(table, last, rows) });
  }
  for (const table of target ? tables : []) {
    const rows = await readPostgresRows(target!, table.name);
    proofs.push({ place: 'Postgres now', table: table.name, ...compare(table, last, rows) });
  }
  const kept = tables.filter(({ keepsAll }) => keepsAll);
  for (const tally of tallies) proofs.push(await proveThen(ws, kept, tally));
  return proofs;
}

async function proveThen(
  ws: Workspace,
  tables: readonly ShopTable[],
  { at, state }: KnownTally,
): Promise<Proof> {
  let sum: Comparison = { expected: 0, actual: 0, differing: 0 };
  for (const table of tables) {
    const rows = at === '' ? [] : await readHistoryRows(ws, table.name, at);
    sum = add(sum, compare(table, state, rows));
  }
  const time = at === '' ? 'a lost moment' : at.slice('2026-03-02T'.length, -1);
  return { place: `as of ${time}`, table: `${tables.length} tables`, ...sum };
}

const compare = (table: ShopTable, state: Played['last'], rows: readonly SourceValues[]): Comparison =>
  compareRows(table.keys, state.get(table.name) ?? [], rows);

const add = (a: Comparison, b: Comparison): Comparison => ({
  expected: a.expected + b.expected,
  actual: a.actual + b.actual,
  differing: a.differing + b.differing,
});
