import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableConfig } from '../config/config.ts';
import type { CaptureContext } from './capture-context.ts';
import { type CaptureState, saveState } from './capture-state.ts';
import { draftFolder, loadTable } from './load-table.ts';
import { placeFile } from './place-file.ts';
import { readDomains, readTables } from './read-source.ts';
import { relationId, relationOf } from './relation.ts';
import { createSlot, type FreshSlot } from './slot.ts';
import { pgsql } from '../sources/quote.ts';
import { openSourceSession, type SourceSession } from './source-session.ts';
import { isCopied, tableLayout } from './table-layout.ts';

/**
 * Makes the slot and reads every table as it was right where the slot's changes begin. Nothing is seen of it before
 * `placeLoad`. A crash on the way leaves the phase `loading`: then slot and files are made anew.
 */
export async function fullLoad(context: CaptureContext, source: string): Promise<CaptureState> {
  await rm(join(context.folder, 'load'), { recursive: true, force: true });
  const tables = context.tables.map(({ name }) => name).sort();
  const beginning = { lsn: 0n, committedAt: context.clock.now(), counter: 0n };
  const state = { source, tables, position: beginning, lastStamp: beginning.committedAt };
  await saveState(context.folder, { ...state, phase: 'loading' });
  const replication = await openSourceSession(context.address, true);
  try {
    const slot = await createSlot(replication, context.slot);
    await context.faults.at('capture.slot-made');
    const instant = await loadTables(context, slot);
    const position = { lsn: slot.lsn, committedAt: instant, counter: 0n };
    const loaded: CaptureState = { ...state, phase: 'placing', position };
    await context.faults.at('capture.loaded');
    await saveState(context.folder, loaded);
    return loaded;
  } finally {
    await replication.end();
  }
}

/**
 * The instant of the load is the source's own clock after the snapshot was taken: not before the commit of any row in
 * it, so that a snapshot of the history at any later instant shows what the source had then.
 */
async function loadTables(context: CaptureContext, { snapshot }: FreshSlot): Promise<string> {
  const session = await openSourceSession(context.address);
  try {
    await session.query('beginning the load', 'begin transaction isolation level repeatable read read only');
    await session.query('taking the snapshot', `set transaction snapshot ${pgsql.literal(snapshot)}`);
    const instant = await sourceClock(session);
    await loadEach(context, session, { tables: context.tables, instant });
    await session.query('ending the load', 'commit');
    return instant;
  } finally {
    await session.end();
  }
}

async function loadEach(
  context: CaptureContext,
  session: SourceSession,
  { tables, instant }: { tables: readonly TableConfig[]; instant: string },
): Promise<number> {
  const domains = await readDomains(session);
  const found = await readTables(session, tables.map(relationOf));
  let total = 0;
  for (const table of tables) {
    const id = relationId(relationOf(table));
    const all = found.find((one) => relationId(one) === id)?.columns ?? [];
    const columns = all.filter(({ name }) => isCopied(table, name));
    const layout = tableLayout(table, columns, domains);
    const rows = await loadTable(context, session, { layout, columns, instant });
    context.logger.info('table read', { table: table.name, rows });
    total += rows;
  }
  return total;
}

/**
 * Reads one table again into load files, while its changes go on being captured, as DMS does when asked to reload it.
 * Returns the rows read.
 */
export async function reloadTable(context: CaptureContext, table: TableConfig): Promise<number> {
  const session = await openSourceSession(context.address);
  try {
    await session.query('beginning the load', 'begin transaction isolation level repeatable read read only');
    const instant = await sourceClock(session);
    await rm(draftFolder(context.folder, table), { recursive: true, force: true });
    const rows = await loadEach(context, session, { tables: [table], instant });
    await placeDrafts(context, table);
    return rows;
  } finally {
    await session.end();
  }
}

async function sourceClock(session: SourceSession): Promise<string> {
  const [clock] = await session.query(
    'asking for the time',
    `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`,
  );
  return clock?.now ?? '';
}

/** Moves the files of a load into their places; done again after a crash, it moves what is left. */
export async function placeLoad(context: CaptureContext, state: CaptureState): Promise<CaptureState> {
  for (const table of context.tables) await placeDrafts(context, table);
  await rm(join(context.folder, 'load'), { recursive: true, force: true });
  const following: CaptureState = { ...state, phase: 'following' };
  await saveState(context.folder, following);
  return following;
}

async function placeDrafts(context: CaptureContext, table: TableConfig): Promise<void> {
  const folder = draftFolder(context.folder, table);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.sort()) {
    const path = join(context.incoming(table), name);
    await placeFile(join(folder, name), path);
    context.onFile({ table: table.name, path, rows: null });
    await context.faults.at('capture.load-placed');
  }
}
