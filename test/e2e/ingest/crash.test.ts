import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Column } from '../../../lib/config/column-type.ts';
import { TransientError } from '../../../lib/errors.ts';
import type { IngestDeps } from '../../../lib/ingest/ingest-deps.ts';
import { createLedger } from '../../../lib/ledger/ledger.ts';
import type { Engine, Faults, SqlSession } from '../../../lib/ports.ts';
import { cdcFileName, change, loadFileName, writeChangeFile } from '../../helpers/change-files.ts';
import { withoutTransactions } from '../../helpers/without-transactions.ts';
import { damagePage } from './damage-page.ts';
import { createLab, type Lab, type RunOptions } from './ingest-lab.ts';

const ID: Column = { name: 'id', type: { kind: 'int', bits: 32 } };
const NAME: Column = { name: 'name', type: { kind: 'string' } };
const CITY: Column = { name: 'city', type: { kind: 'string' } };
const MODES = ['last-change', 'every-change'] as const;

/** Engines whose statements of a batch commit together, and one by one. */
const COMMITS = ['together', 'one by one'] as const;

interface Kind {
  readonly mode: (typeof MODES)[number];
  readonly commits: (typeof COMMITS)[number];
}

const KINDS: readonly Kind[] = MODES.flatMap((mode) => COMMITS.map((commits) => ({ mode, commits })));
const nameOf = (kind: Kind) => [`${kind.mode}, commits ${kind.commits}`, kind] as const;
const named = KINDS.map(nameOf);
/** Each mode and each way to commit once: an end does not know of both. */
const crossed = KINDS.filter(
  ({ mode, commits }) => (mode === 'last-change') === (commits === 'together'),
).map(nameOf);

function onEngine({ commits }: Kind, deps: IngestDeps): IngestDeps {
  if (commits === 'together') return deps;
  const engine = withoutTransactions(deps.engine);
  return { ...deps, engine, ledger: createLedger(engine, deps, deps.clock) };
}

/** Two files a batch: a first load, then changes with a bad file in every batch but the last. */
async function writeFiles(folder: string): Promise<void> {
  const write = (name: string, changes: ReturnType<typeof change>[], columns = [ID, NAME]) =>
    writeChangeFile(join(folder, name), { columns, changes });
  const load = (id: number) => change({ op: 'I', at: '08:00', load: true, id, name: `first ${id}` });
  await write(loadFileName(1), [load(1), load(2)]);
  await write(loadFileName(2), [load(3)]);
  await write(cdcFileName(1), [
    change({ op: 'U', at: '09:00', seq: 1, id: 1, name: 'Ann' }),
    change({ op: 'D', at: '09:00', seq: 2, id: 2 }),
  ]);
  await write(cdcFileName(2), [change({ op: 'I', at: '09:01', seq: 3, id: null, name: 'no key' })]);
  await write(
    cdcFileName(3),
    [change({ op: 'U', at: '09:02', seq: 4, id: 1, name: 'Anne', city: 'Oslo' })],
    [ID, NAME, CITY],
  );
  const many = Array.from({ length: 300 }, (_, n) =>
    change({ op: 'I', at: '09:03', seq: 10 + n, id: n, name: `${n * n}` }),
  );
  await write(cdcFileName(4), many);
  await damagePage(join(folder, cdcFileName(4)), 'name');
  await write(cdcFileName(5), [change({ op: 'U', at: '08:30', seq: 1, id: 3, name: 'late' })]);
  await write(cdcFileName(6), [change({ op: 'I', at: '10:00', seq: 5, id: 2, name: 'again' })]);
}

let files: string;
const clean = new Map<Kind, object>();
const passes = new Map<Kind, Map<string, number>>();

/** A lab whose every run is on that kind of engine. */
async function labWithFiles(kind: Kind): Promise<Lab> {
  const lab = await createLab({ keys: 'id', history: kind.mode, batch: { maxFiles: 2 } });
  await cp(files, lab.store.location('incoming'), { recursive: true });
  const ingest: Lab['ingest'] = ({ deps = (usual: IngestDeps) => usual, ...options } = {}) =>
    lab.ingest({ ...options, deps: (usual) => deps(onEngine(kind, usual)) });
  return { ...lab, ingest };
}

const COUNTS = ['opened', 'closed', 'updated', 'tombstones', 'unchanged', 'stale'];

/** Where a merge's counts are lost with its run, they are recorded as unknown: all else must be the same. */
async function stateOf(kind: Kind, lab: Lab): Promise<object> {
  const state = (await lab.state()) as { batches: string[][] };
  if (kind.commits === 'together') return state;
  const uncounted = state.batches.map(([row]) => {
    const entries = Object.entries(JSON.parse(row!) as object);
    return JSON.stringify(Object.fromEntries(entries.filter(([name]) => !COUNTS.includes(name))));
  });
  return { ...state, batches: [...new Set(uncounted)].sort() };
}

beforeAll(async () => {
  files = await mkdtemp(join(tmpdir(), 'tidemark-crash-'));
  await writeFiles(files);
  for (const kind of KINDS) {
    const seen = new Map<string, number>();
    const recording: Faults = { at: async (point) => void seen.set(point, (seen.get(point) ?? 0) + 1) };
    const undisturbed = await labWithFiles(kind);
    const report = await undisturbed.ingest({ faults: recording });
    expect(report).toMatchObject({ error: null, batches: 4, files: 6, waiting: 0 });
    expect(report.rejected.map(({ code }) => code)).toEqual(['NULL_KEY', 'PAGE_DAMAGED']);
    passes.set(kind, seen);
    clean.set(kind, await stateOf(kind, undisturbed));
    await undisturbed.remove();
  }
});
afterAll(() => rm(files, { recursive: true, force: true }));

let lab: Lab | undefined;
afterEach(() => lab?.remove());

const CRASH = new TransientError('CRASHED', 'the test ends the run here');

/** Runs until the disturbance ends it, then again undisturbed; the end must be that of the run without it. */
async function expectSameEnd(kind: Kind, disturbed: RunOptions): Promise<void> {
  lab = await labWithFiles(kind);
  const first = await lab.ingest(disturbed);
  expect(first.error?.code).toBe('CRASHED');
  const second = await lab.ingest();
  expect(second.error).toBeNull();
  expect(second.waiting).toBe(0);
  expect(await stateOf(kind, lab)).toEqual(clean.get(kind));
}

/** Ends the run when it passes a point for the n-th time. */
function endAt(point: string, n: number): Faults {
  let left = n;
  return {
    async at(passed) {
      if (passed !== point) return;
      left -= 1;
      if (left === 0) throw CRASH;
    },
  };
}

const POINTS = [
  'ingest.claimed',
  'ingest.started',
  'ingest.schema-ready',
  'ingest.staged',
  'ingest.merged',
  'ingest.before-commit',
  'ingest.applied',
  'ingest.before-moves',
  'ingest.moved-one',
  'ingest.moved-all',
  'ingest.rejected-recorded',
  'ingest.rejected-explained',
  'ingest.rejected-moved',
];

it('knows every fault point of ingest', () => {
  for (const kind of KINDS) expect([...passes.get(kind)!.keys()].sort()).toEqual([...POINTS].sort());
});

describe.each(crossed)('%s: a run that ended early, run again, ends as one that did not', (_, kind) => {
  it.each(POINTS)('at %s', async (point) => {
    const last = passes.get(kind)!.get(point)!;
    // Early at one point, late at the next, and the other way round in the other mode.
    const isEarly = (POINTS.indexOf(point) % 2 === 0) === (kind.mode === 'last-change');
    const n = Math.ceil((last * (isEarly ? 1 : 3)) / 4);
    await expectSameEnd(kind, { faults: endAt(point, n) });
  });
  it.each(['ingest.started', 'ingest.merged', 'ingest.applied', 'ingest.moved-one'])(
    'at the last %s',
    async (point) => {
      await expectSameEnd(kind, { faults: endAt(point, passes.get(kind)!.get(point)!) });
    },
  );
});

it.each(named)('%s: ended at every batch in turn, it still comes to the same end', async (_, kind) => {
  lab = await labWithFiles(kind);
  const ends: (string | undefined)[] = [];
  for (const point of [
    'started',
    'merged',
    'applied',
    'moved-one',
    'rejected-recorded',
    'schema-ready',
    'rejected-moved',
  ]) {
    ends.push((await lab.ingest({ faults: endAt(`ingest.${point}`, 1) })).error?.code);
  }
  expect(new Set(ends)).toEqual(new Set(['CRASHED']));
  expect((await lab.ingest()).error).toBeNull();
  expect(await stateOf(kind, lab)).toEqual(clean.get(kind));
});

/** Fails the n-th call, before it does anything or after it did all: a lost call and a lost reply. */
interface Nth {
  calls: number;
  readonly fail: number;
  readonly when: 'before' | 'after';
  /** Counts statements with this text only. */
  readonly of?: RegExp;
}

async function through<T>(nth: Nth, work: () => Promise<T>): Promise<T> {
  nth.calls += 1;
  if (nth.calls !== nth.fail) return work();
  if (nth.when === 'after') await work().catch(() => {});
  throw CRASH;
}

const failingStore =
  (nth: Nth) =>
  (deps: IngestDeps): IngestDeps => {
    const { store } = deps;
    return {
      ...deps,
      store: {
        list: (place) => store.list(place),
        identify: (place, file) => through(nth, () => store.identify(place, file)),
        readRange: (place, path, start, end) => through(nth, () => store.readRange(place, path, start, end)),
        move: (from, file, to, toPath) => through(nth, () => store.move(from, file, to, toPath)),
        put: (place, path, content) => through(nth, () => store.put(place, path, content)),
        read: (place, path) => store.read(place, path),
        remove: (place, path) => store.remove(place, path),
        enginePath: (place, path) => store.enginePath(place, path),
        location: (place) => store.location(place),
      },
    };
  };

const failingEngine =
  (nth: Nth) =>
  (deps: IngestDeps): IngestDeps => {
    // A process that ends gives no lease back; the one that follows is another, which this one cannot play.
    const counted = <T>(sql: string, work: () => Promise<T>): Promise<T> =>
      sql.includes("'released'") || nth.of?.test(sql) === false ? work() : through(nth, work);
    const failing = (session: SqlSession): SqlSession => ({
      ...session,
      execute: (sql) => counted(sql, () => session.execute(sql)),
      query: (sql) => counted(sql, () => session.query(sql)),
    });
    const engine: Engine = {
      ...deps.engine,
      ...failing(deps.engine),
      tagged: () => engine,
      transaction: (work) => {
        const whole = () => deps.engine.transaction((session) => work(failing(session)));
        return nth.of ? whole() : through(nth, whole);
      },
    };
    return { ...deps, engine, ledger: createLedger(engine, deps, deps.clock) };
  };

it.each(named)(
  '%s: an end between the files of a batch and the batch itself changes nothing of the end',
  async (_, kind) => {
    const ofFiles = /insert into "main"."_tidemark_files"[\s\S]*'applied'/;
    for (let fail = 1; fail <= 4; fail += 1) {
      await expectSameEnd(kind, { deps: failingEngine({ calls: 0, fail, when: 'after', of: ofFiles }) });
      await lab?.remove();
    }
  },
);

/** How many calls an undisturbed run makes. */
async function countCalls(kind: Kind, failing: typeof failingStore): Promise<number> {
  const nth: Nth = { calls: 0, fail: 0, when: 'before' };
  const undisturbed = await labWithFiles(kind);
  await undisturbed.ingest({ deps: failing(nth) });
  await undisturbed.remove();
  return nth.calls;
}

describe.each(crossed)('%s: an error of the disk or the engine', (_, kind) => {
  it.each([
    ['store', failingStore, 11],
    ['engine', failingEngine, 31],
  ] as const)('of the %s at any call, met once, changes nothing of the end', async (_name, failing, step) => {
    const calls = await countCalls(kind, failing);
    expect(calls).toBeGreaterThan(20);
    // One mode begins where the other one skips.
    for (let fail = kind.mode === 'last-change' ? 1 : Math.ceil(step / 2); fail <= calls; fail += step) {
      const when = Math.floor(fail / step) % 2 === 0 ? 'before' : 'after';
      await expectSameEnd(kind, { deps: failing({ calls: 0, fail, when }) });
      await lab?.remove();
    }
  });
});
