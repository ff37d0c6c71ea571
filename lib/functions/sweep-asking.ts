import { secondsBetween } from '../instant.ts';
import { METRICS } from '../metrics.ts';
import { findLacking, isWorthAsking } from './sweep-exports.ts';
import { rotated, type SweepMemory, writeMemory } from './sweep-memory.ts';
import { checkSample } from './sweep-sample.ts';
import { attempt, note, type Sweep } from './sweep-state.ts';

/** What came of asking the warehouse. */
export interface Asked {
  /** Tables whose promises were checked. */
  readonly checked: number;
  readonly findings: number;
}

const NOT_ASKED: Asked = { checked: 0, findings: 0 };

/**
 * Between two times that the warehouse is asked. Far longer than warehouses wait before they stop by themselves, or one
 * sweep would keep it running for the next.
 */
const ASK_EVERY_SECONDS = 4 * 3600;

/** Share of the time that must be left to check another table. */
const LEFT = 0.2;

/**
 * Asks the warehouse about exports and about a sample of promises, if it is time to and the warehouse runs: because
 * something else made it run, or `isAsked` already. It is woken only to make sure of an export that seems to lag, before
 * somebody is told so. What is remembered is written first, so that a sweep that is killed is no reason to ask again.
 */
export async function askWarehouse(sweep: Sweep, memory: SweepMemory, isAsked: boolean): Promise<Asked> {
  const { scope, ws, now } = sweep;
  if (!isTime(memory, now)) return NOT_ASKED;
  const isAwake = isAsked || isWorthAsking(scope.config, memory.lacking, now) || (await isRunning(sweep));
  if (!isAwake) return NOT_ASKED;
  const begun = { ...memory, askedAt: now };
  const isKept = await attempt(sweep, 'remember that the warehouse is asked', async () => {
    await writeMemory(ws, begun);
    return true;
  });
  if (!isKept) return NOT_ASKED;
  const lacking = await attempt(sweep, 'look at exports', () => askExports(sweep));
  const { checked, findings, errors } = await checkSample(ws, rotated(sweep.tables, memory.checkedUpTo), () =>
    sweep.hasMoreThan(LEFT),
  );
  for (const { table, error } of errors) note(sweep, 'check the promises of a table', error, { table });
  const done = {
    ...begun,
    checkedUpTo: checked.at(-1) ?? memory.checkedUpTo,
    lacking: lacking ?? memory.lacking,
  };
  await attempt(sweep, 'remember what was asked', () => writeMemory(ws, done));
  return { checked: checked.length - errors.length, findings };
}

function isTime({ askedAt }: SweepMemory, now: string): boolean {
  // A clock that was wrong must not silence us.
  return askedAt === null || askedAt > now || secondsBetween(askedAt, now) >= ASK_EVERY_SECONDS;
}

async function isRunning(sweep: Sweep): Promise<boolean> {
  const { deps, ws } = sweep;
  return (await attempt(sweep, 'see whether the warehouse runs', () => deps.isAwake(ws))) ?? false;
}

/** Publishes how old what exports lack is; returns since when they lack it. */
async function askExports({ scope, ws, now }: Sweep): Promise<Readonly<Record<string, string>>> {
  const lacking = Object.entries(await findLacking(ws));
  for (const [name, since] of lacking) {
    const age = since === null ? 0 : Math.max(0, secondsBetween(since, now));
    scope.metrics.add(METRICS.exportAge, age, { export: name });
  }
  return Object.fromEntries(lacking.flatMap(([name, since]) => (since === null ? [] : [[name, since]])));
}
