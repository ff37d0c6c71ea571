import pMap from 'p-map';
import { secondsBetween } from '../instant.ts';
import { METRICS } from '../metrics.ts';
import type { FunctionScope } from './function-scope.ts';
import { askWarehouse } from './sweep-asking.ts';
import { halfDoneMoves, missedBells, overdueBefore, ringTables } from './sweep-bells.ts';
import { lookAtIncoming, type TableLook } from './sweep-look.ts';
import { readMemory, rotated, type SweepMemory, writeMemory } from './sweep-memory.ts';
import { attempt, beginSweep, type Sweep, type SweepDeps, sweepError } from './sweep-state.ts';

/** What one sweep saw and did; its line in the log too. */
export interface SweepReport {
  readonly tables: number;
  /** Fewer than `tables` when time was short, or some could not be looked at. */
  readonly lookedAt: number;
  /** Tables of which only the beginning was listed. */
  readonly cutShort: number;
  readonly waitingFiles: number;
  /** How long the oldest file has waited, in seconds; 0 when nothing waits. */
  readonly oldestSeconds: number;
  /** Tables that were rung, for files that wait too long. */
  readonly rung: number;
  /** Of those the ones for which nobody had rung; null when that could not be found out. */
  readonly missedBells: number | null;
  /** Files that were applied and wait for their move; null when that could not be found out. */
  readonly halfDoneMoves: number | null;
  /** Tables whose promises were checked; 0 when the warehouse was left alone. */
  readonly checked: number;
  readonly findings: number;
}

/** Shares of the time that a step leaves for those that follow. */
const LEFT = { looks: 0.5, bells: 0.3 } as const;

const TABLES_AT_ONCE = 8;

/** Overdue tables whose files are looked up in the ledger; each takes some questions. */
const LOOKED_UP = 20;

/**
 * Looks after every table that is not paused. Folders are listed each time, which no warehouse notices. What waits too
 * long is rung for, and the run that follows finishes moves half done, too. The warehouse is asked when something is
 * overdue, and some hours apart about promises and exports, when it runs anyway. What fails never stops the rest.
 *
 * Throws at the end: `TerminalError` SWEEP_INCOMPLETE when something needs a person, `TransientError` SWEEP_FAILED when
 * no table could be looked at. Everything else is done and published by then.
 */
export async function sweep(scope: FunctionScope, deps: SweepDeps): Promise<SweepReport> {
  const run = await beginSweep(scope, deps);
  const memory = await attempt(run, 'read what the last sweep left', () => readMemory(run.ws));
  const { looks, lookedUpTo } = await lookAtTables(run, memory?.lookedUpTo ?? null);
  const waiting = publishWaiting(run, looks);
  const bells = await tendBells(run, looks);
  const next = memory && (await keepPlace(run, memory, lookedUpTo));
  const asked = next ? await askWarehouse(run, next, bells.rung > 0) : { checked: 0, findings: 0 };
  scope.metrics.add(METRICS.sweepFindings, asked.findings);
  const report = { tables: run.tables.length, lookedAt: looks.length, ...waiting, ...bells, ...asked };
  scope.logger.info('Swept', { ...report, problems: run.problems.length });
  const error = sweepError(run, looks.length);
  if (error) throw error;
  return report;
}

/**
 * In the order of names, beginning where the last sweep had to end. `lookedUpTo` is the last one when there was no time
 * for the others, else null.
 */
async function lookAtTables(
  run: Sweep,
  after: string | null,
): Promise<{ readonly looks: TableLook[]; readonly lookedUpTo: string | null }> {
  const bounds = {
    overdueBefore: overdueBefore(run.scope.config, run.now),
    mayGoOn: () => run.hasMoreThan(LEFT.looks),
  };
  const tables = rotated(run.tables, after);
  let begun = 0;
  const looks = await pMap(
    tables,
    async (table) => {
      if (!bounds.mayGoOn()) return null;
      begun += 1;
      const look = () => lookAtIncoming(table.name, run.ws.store(table), bounds);
      return attempt(run, 'look at what waits', look, { table: table.name });
    },
    { concurrency: TABLES_AT_ONCE },
  );
  return {
    looks: looks.filter((look) => look !== null),
    lookedUpTo: begun < tables.length ? (tables[begun - 1]?.name ?? after) : null,
  };
}

/** Publishes how long files have waited: of all tables together, and of each above the alarm's threshold. */
function publishWaiting(
  { scope, tables, now }: Sweep,
  looks: readonly TableLook[],
): Pick<SweepReport, 'cutShort' | 'waitingFiles' | 'oldestSeconds'> {
  const { metrics, config } = scope;
  const aged = looks.map(({ table, oldestAt }) => {
    return { table, age: oldestAt === null ? 0 : Math.max(0, secondsBetween(oldestAt, now)) };
  });
  const oldestSeconds = Math.max(0, ...aged.map(({ age }) => age));
  // Where none could be looked at, 0 would say that all is well.
  if (looks.length > 0 || tables.length === 0) metrics.add(METRICS.oldestWaitingFileAge, oldestSeconds);
  for (const { table, age } of aged) {
    if (age > config.cloud.alarms.waitingMinutes * 60)
      metrics.add(METRICS.oldestWaitingFileAge, age, { table });
  }
  return {
    cutShort: looks.filter(({ isWhole }) => !isWhole).length,
    waitingFiles: looks.reduce((sum, { files }) => sum + files, 0),
    oldestSeconds,
  };
}

/** Rings for what is overdue, and finds out whether somebody had, and what of it only waits for its move. */
async function tendBells(
  run: Sweep,
  looks: readonly TableLook[],
): Promise<Pick<SweepReport, 'rung' | 'missedBells' | 'halfDoneMoves'>> {
  const { scope } = run;
  const overdue = looks.filter(({ overdueFiles }) => overdueFiles > 0);
  if (overdue.length === 0) {
    scope.metrics.add(METRICS.missedBells, 0);
    scope.metrics.add(METRICS.halfDoneMoves, 0);
    return { rung: 0, missedBells: 0, halfDoneMoves: 0 };
  }
  const rungAt = scope.clock.now();
  const names = overdue.map(({ table }) => table);
  const isRung = await attempt(run, 'ring for files that wait', async () => {
    await ringTables(scope, names);
    return true;
  });
  for (const { table, overdueFiles, newestOverdueAt } of overdue.slice(0, LOOKED_UP)) {
    scope.logger.warn('Files wait for too long', { table, files: overdueFiles, newest: newestOverdueAt });
  }
  const found = await findOut(run, overdue, rungAt);
  if (found.missedBells !== null) scope.metrics.add(METRICS.missedBells, found.missedBells);
  if (found.halfDoneMoves !== null) scope.metrics.add(METRICS.halfDoneMoves, found.halfDoneMoves);
  return { rung: isRung ? overdue.length : 0, ...found };
}

/** The ring wakes the warehouse, so asking it costs nothing more. */
async function findOut(
  run: Sweep,
  overdue: readonly TableLook[],
  rungAt: string,
): Promise<Pick<SweepReport, 'missedBells' | 'halfDoneMoves'>> {
  const { scope, ws } = run;
  const missed = await attempt(run, 'find out who had rung', () => missedBells(ws, overdue, rungAt));
  if (missed === null) return { missedBells: null, halfDoneMoves: null };
  for (const table of missed.slice(0, LOOKED_UP)) scope.logger.warn('Nobody had rung', { table });
  let moves = 0;
  for (const look of overdue.slice(0, LOOKED_UP)) {
    if (!run.hasMoreThan(LEFT.bells)) break;
    const fields = { table: look.table };
    moves += (await attempt(run, 'look for moves half done', () => halfDoneMoves(ws, look), fields)) ?? 0;
  }
  if (moves > 0) scope.logger.warn('Files were applied and not moved', { files: moves });
  return { missedBells: missed.length, halfDoneMoves: moves };
}

/** Remembers where the next sweep begins when this one had no time for all tables. */
async function keepPlace(run: Sweep, memory: SweepMemory, lookedUpTo: string | null): Promise<SweepMemory> {
  if (lookedUpTo === memory.lookedUpTo) return memory;
  const next = { ...memory, lookedUpTo };
  await attempt(run, 'remember where to begin next', () => writeMemory(run.ws, next));
  return next;
}
