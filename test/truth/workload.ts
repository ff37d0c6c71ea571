import pg from 'pg';
import type { Random } from './random.ts';
import { randomSteps, type Step } from './random-steps.ts';
import { sourceState, type State } from './source-state.ts';
import type { TruthTable } from './truth-tables.ts';

/** The source right after one of its commits. */
export interface Sample {
  /** What the transaction wrote into the table of samples. */
  readonly n: number;
  readonly state: State;
}

export interface Workload {
  readonly sessions: readonly pg.Client[];
  readonly tables: readonly TruthTable[];
  readonly random: Random;
  readonly transactions: number;
  /** `in turns`: one statement at a time, of a session by lot. `at once`: the sessions race. */
  readonly manner: 'in turns' | 'at once';
  /** One in so many commits is kept. */
  readonly sampleOneIn: number;
  /** The number of the next sample. */
  readonly nextSample: () => number;
}

/** Held by every commit, and by one whose state is kept alone: so no other commit comes between it and its reading. */
const COMMITTING = 7;

/** Runs random transactions, interleaved, and returns the states of the source right after some of them. */
export async function runWorkload(workload: Workload): Promise<Sample[]> {
  const samples: Sample[] = [];
  const writers = workload.sessions.map((session) =>
    write(session, workload, workload.random.fork(), samples),
  );
  if (workload.manner === 'at once') {
    await Promise.all(
      writers.map(async (writer) => {
        for await (const _step of writer);
      }),
    );
  } else {
    for (let left = writers; left.length > 0; ) {
      const writer = workload.random.pick(left);
      if ((await writer.next()).done) left = left.filter((one) => one !== writer);
    }
  }
  return samples;
}

async function* write(
  session: pg.Client,
  workload: Workload,
  random: Random,
  samples: Sample[],
): AsyncGenerator<void> {
  const count = Math.ceil(workload.transactions / workload.sessions.length);
  for (let i = 0; i < count; i += 1) {
    const isSampled = random.oneIn(workload.sampleOneIn);
    const isRolledBack = !isSampled && random.oneIn(6);
    const level = !isSampled && random.oneIn(4) ? 'repeatable read' : 'read committed';
    await session.query(`begin isolation level ${level}; set local lock_timeout = '30ms'`);
    yield;
    let isSound = true;
    for (let n = 1 + random.below(4); isSound && n > 0; n -= 1) {
      isSound = yield* change(session, workload, random);
    }
    if (!isSound || isRolledBack) await session.query('rollback');
    else if (isSampled) samples.push(...(await commitSampled(session, workload)));
    else
      await session.query(
        `set local lock_timeout = 0; select pg_advisory_xact_lock_shared(${COMMITTING}); commit`,
      );
    yield;
  }
}

/** Statements of one kind, in a savepoint half of the time. False when the transaction is lost. */
async function* change(
  session: pg.Client,
  { tables }: Workload,
  random: Random,
): AsyncGenerator<void, boolean> {
  const steps = randomSteps(random.pick(tables), random);
  const isSaved = random.oneIn(2);
  const isUndone = isSaved && random.oneIn(4);
  if (isSaved) await session.query('savepoint before');
  for (const step of steps) {
    const isDone = await attempt(session, step);
    if (!isDone && !isSaved) return false;
    if (!isDone) {
      await session.query('rollback to savepoint before');
      return true;
    }
    yield;
  }
  if (isUndone) await session.query('rollback to savepoint before');
  else if (isSaved && random.oneIn(2)) await session.query('release savepoint before');
  return true;
}

/** A duplicate key, a lock that another has, a row that another has changed, a deadlock. */
const LOST = ['23505', '55P03', '40001', '40P01'];

async function attempt(session: pg.Client, { sql, params }: Step): Promise<boolean> {
  try {
    await session.query(sql, [...params]);
    return true;
  } catch (error) {
    if (isLost(error)) return false;
    throw error;
  }
}

function isLost(error: unknown): boolean {
  return error instanceof pg.DatabaseError && LOST.includes(error.code ?? '');
}

/** None where somebody who has not committed changes the columns of a table: then nothing is committed here either. */
async function commitSampled(
  session: pg.Client,
  { tables, nextSample }: Pick<Workload, 'tables' | 'nextSample'>,
): Promise<Sample[]> {
  const n = nextSample();
  await session.query(`insert into samples values (${n})`);
  await session.query(`set local lock_timeout = 0; select pg_advisory_xact_lock(${COMMITTING})`);
  await session.query("set local lock_timeout = '30ms'");
  try {
    const state = await sourceState(session, tables);
    await session.query('commit');
    return [{ n, state }];
  } catch (error) {
    if (!isLost(error)) throw error;
    await session.query('rollback');
    return [];
  }
}

/** A commit of its own, whose state is kept. Nobody else may be changing columns. */
export async function takeSample(
  workload: Pick<Workload, 'sessions' | 'tables' | 'nextSample'>,
): Promise<Sample> {
  const [session] = workload.sessions;
  await session!.query('begin');
  const [sample] = await commitSampled(session!, workload);
  if (!sample) throw new Error('somebody has a table locked');
  return sample;
}
