import { setTimeout as sleep } from 'node:timers/promises';
import type { TableConfig } from '../config/config.ts';
import type { HistoryTable } from '../history/history-table.ts';
import { renderReloadClose } from '../history/reload.ts';
import { instantToMicros, microsToInstant } from '../instant.ts';
import type { Lease } from '../ledger/lease.ts';
import type { AppliedBatch, Generation } from '../ledger/records.ts';
import type { SqlSession } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import { findHistory } from '../open-history.ts';
import { assertWholeGeneration, openGeneration, reloadError, requireOpen } from './reload-state.ts';
import { withLease } from './with-lease.ts';

/**
 * File systems stamp files by a coarse clock that lags by up to one tick of the system (10 ms at most), so a file that
 * arrives right after a reload began could seem older than it.
 */
const ARRIVAL_CLOCK_LAG_MS = 20;

/** What the completion of a reload found and did. */
export interface CompletedReload {
  readonly generation: number;
  readonly instant: string;
  /** Rows read from the full-load files of this reload. */
  readonly rows: number;
  /** Current rows that the reload did not show any more and that ended at its instant. */
  readonly closed: number;
}

/**
 * Begins a reload: full-load files that arrive from now on belong to it, and its instant is the commit time of their
 * rows. To be called before the source is asked to send every row again. Throws `TerminalError` RELOAD_OPEN while
 * another is open.
 */
export async function startReload(ws: Workspace, table: TableConfig): Promise<Generation> {
  return withLease(ws, table, async () => {
    const generations = await ws.ledger.generations(table.name);
    const open = openGeneration(generations);
    if (open) {
      throw reloadError(
        table,
        'RELOAD_OPEN',
        `reload ${open.generation} of ${open.instant} is open. End it first: tidemark reload ${table.name} --complete, or --cancel`,
        open,
      );
    }
    const last = generations.at(-1);
    const started: Generation = {
      generation: (last?.generation ?? 0) + 1,
      instant: laterOf(ws.clock.now(), last?.instant),
      status: 'requested',
    };
    await ws.ledger.recordGeneration(ws.engine, table.name, started);
    await ws.faults.at('reload.started');
    await sleep(ARRIVAL_CLOCK_LAG_MS);
    return started;
  });
}

/** A clock that was set back must not make two reloads change places. */
function laterOf(now: string, last: string | undefined): string {
  return last === undefined || now > last ? now : microsToInstant(instantToMicros(last) + 1n);
}

/**
 * Ends a reload after all of its files were ingested. Under `reload: snapshot`, current rows that it did not show end at
 * its instant; under `reload: changes` nothing is closed. Throws `TerminalError`, and changes nothing, when no reload is
 * open (RELOAD_NOT_OPEN), when a file of it was not read (RELOAD_WAITING, RELOAD_BATCH_STARTED, RELOAD_REJECTED), and
 * when the rows read are not those expected (RELOAD_ROWS_DIFFER, RELOAD_EMPTY).
 *
 * @param options `rows` that the source says it sent; 0 must be said, since it closes every row
 */
export async function completeReload(
  ws: Workspace,
  table: TableConfig,
  options: { readonly rows?: number } = {},
): Promise<CompletedReload> {
  return withLease(ws, table, async (lease) => {
    const open = requireOpen(table, await ws.ledger.generations(table.name));
    await assertWholeGeneration(ws, table, open);
    const rows = await ws.ledger.generationRows(table.name, open.generation);
    assertRows(table, open, rows, options.rows);
    const closed = await close(ws, table, lease, open);
    return { generation: open.generation, instant: open.instant, rows, closed };
  });
}

function assertRows(table: TableConfig, open: Generation, rows: number, expected: number | undefined): void {
  if (expected !== undefined && expected !== rows) {
    throw reloadError(
      table,
      'RELOAD_ROWS_DIFFER',
      `reload ${open.generation} sent ${expected} rows but ${rows} were read. Wait for the rest and ingest it, or give up: tidemark reload ${table.name} --cancel`,
      open,
    );
  }
  if (rows === 0 && expected === undefined) {
    throw reloadError(
      table,
      'RELOAD_EMPTY',
      `no row of reload ${open.generation} was read, and to complete it would close every row. If the source is empty, say so: tidemark reload ${table.name} --complete --rows 0`,
      open,
    );
  }
}

/** Close, batch and completion commit together; where they cannot, each is skipped once it is done. */
async function close(ws: Workspace, table: TableConfig, lease: Lease, open: Generation): Promise<number> {
  const { ledger, engine, faults } = ws;
  const history = await findHistory(ws, table);
  const done = (await ledger.batches(table.name)).some(
    (batch) => batch.kind === 'reload-close' && batch.reloadInstant === open.instant,
  );
  const batchId = await nextBatch(ws, table, lease, done);
  await faults.at('reload.begun');
  const closed = await engine.transaction(async (session) => {
    let count = 0;
    if (!done) {
      await ledger.hold(session, lease);
      count = await closeUnseen(session, history, open, batchId);
      await faults.at('reload.closed');
      await ledger.applied(session, lease, closeBatch(batchId, open, count));
    }
    await ledger.recordGeneration(session, table.name, { ...open, status: 'completed' });
    await faults.at('reload.before-commit');
    return count;
  });
  await faults.at('reload.completed');
  return closed;
}

/**
 * The id of the closing batch. Without transactions a crash can leave it started; its id is taken up again only while
 * it is the newest, for exports look for what is newer than what they have seen.
 */
async function nextBatch(ws: Workspace, table: TableConfig, lease: Lease, done: boolean): Promise<bigint> {
  const { ledger, engine } = ws;
  const next = lease.batchId + 1n;
  if (done || engine.dialect.capabilities.transactions) return next;
  const last = await ledger.lastStarted(table.name);
  if (last && !last.ended) {
    if (last.batchId === lease.batchId) return last.batchId;
    await ledger.ended(lease, last.batchId, 'abandoned', last);
  }
  await ledger.hold(engine, lease);
  await ledger.started(engine, lease, next, 'reload-close', []);
  return next;
}

async function closeUnseen(
  session: SqlSession,
  history: HistoryTable | null,
  open: Generation,
  batchId: bigint,
): Promise<number> {
  if (!history || history.config.reload === 'changes') return 0;
  const result = await session.execute(renderReloadClose(session.dialect, history, open.instant, batchId));
  return result.updated ?? result.changed ?? 0;
}

function closeBatch(batchId: bigint, open: Generation, closed: number): AppliedBatch {
  return {
    batchId,
    kind: 'reload-close',
    files: [],
    rows: 0,
    counts: { opened: 0, closed, updated: 0, tombstones: 0, unchanged: 0, stale: 0 },
    ambiguous: 0,
    firstCommit: null,
    lastCommit: null,
    reloadInstant: open.instant,
  };
}

/**
 * Gives up the open reload: what was read of it stays, nothing is closed, and full-load files that still wait are taken
 * as changes at their own commit time. Throws `TerminalError` RELOAD_NOT_OPEN.
 */
export async function cancelReload(ws: Workspace, table: TableConfig): Promise<Generation> {
  return withLease(ws, table, async () => {
    const open = requireOpen(table, await ws.ledger.generations(table.name));
    const cancelled: Generation = { ...open, status: 'cancelled' };
    await ws.ledger.recordGeneration(ws.engine, table.name, cancelled);
    await ws.faults.at('reload.cancelled');
    return cancelled;
  });
}
