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
import { damagePage } from './damage-page.ts';
import { createLab, type Lab, type RunOptions } from './ingest-lab.ts';

const ID: Column = { name: 'id', type: { kind: 'int', bits: 32 } };
const NAME: Column = { name: 'name', type: { kind: 'string' } };
const CITY: Column = { name: 'city', type: { kind: 'string' } };
const MODES = ['last-change', 'every-change'] as const;
type Mode = (typeof MODES)[number];

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
const clean = new Map<Mode, object>();
const passes = new Map<Mode, Map<string, number>>();

async function labWithFiles(history: Mode): Promise<Lab> {
  const lab = await createLab({ keys: 'id', history, batch: { maxFiles: 2 } });
  await cp(files, lab.store.location('incoming'), { recursive: true });
  return lab;
}

beforeAll(async () => {
  files = await mkdtemp(join(tmpdir(), 'tidemark-crash-'));
  await writeFiles(files);
  for (const mode of MODES) {
    const seen = new Map<string, number>();
    const recording: Faults = { at: async (point) => void seen.set(point, (seen.get(point) ?? 0) + 1) };
    const undisturbed = await labWithFiles(mode);
    const report = await undisturbed.ingest({ faults: recording });
    expect(report).toMatchObject({ error: null, batches: 4, files: 6, waiting: 0 });
    expect(report.rejected.map(({ code }) => code)).toEqual(['NULL_KEY', 'PAGE_DAMAGED']);
    passes.set(mode, seen);
    clean.set(mode, await undisturbed.state());
    await undisturbed.remove();
  }
});
afterAll(() => rm(files, { recursive: true, force: true }));

let lab: Lab | undefined;
afterEach(() => lab?.remove());

const CRASH = new TransientError('CRASHED', 'the test ends the run here');

/** Runs until the disturbance ends it, then again undisturbed; the end must be that of the run without it. */
async function expectSameEnd(mode: Mode, disturbed: RunOptions): Promise<void> {
  lab = await labWithFiles(mode);
  const first = await lab.ingest(disturbed);
  expect(first.error?.code).toBe('CRASHED');
  const second = await lab.ingest();
  expect(second.error).toBeNull();
  expect(second.waiting).toBe(0);
  expect(await lab.state()).toEqual(clean.get(mode));
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
  for (const mode of MODES) expect([...passes.get(mode)!.keys()].sort()).toEqual([...POINTS].sort());
});

describe.each(MODES)('%s: a run that ended early, run again, ends as one that did not', (mode) => {
  it.each(POINTS)('at %s', async (point) => {
    const last = passes.get(mode)!.get(point)!;
    // Early in one mode, late in the other.
    const n = mode === 'last-change' ? Math.ceil(last / 4) : Math.ceil((last * 3) / 4);
    await expectSameEnd(mode, { faults: endAt(point, n) });
  });
  it.each(['ingest.started', 'ingest.merged', 'ingest.applied', 'ingest.moved-one'])(
    'at the last %s',
    async (point) => {
      await expectSameEnd(mode, { faults: endAt(point, passes.get(mode)!.get(point)!) });
    },
  );
});

it.each(MODES)('%s: ended at every batch in turn, it still comes to the same end', async (mode) => {
  lab = await labWithFiles(mode);
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
  expect(await lab.state()).toEqual(clean.get(mode));
});

/** Fails the n-th call, before it does anything or after it did all: a lost call and a lost reply. */
interface Nth {
  calls: number;
  readonly fail: number;
  readonly when: 'before' | 'after';
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
      /set owner = cast\(null/.test(sql) ? work() : through(nth, work);
    const failing = (session: SqlSession): SqlSession => ({
      ...session,
      execute: (sql) => counted(sql, () => session.execute(sql)),
      query: (sql) => counted(sql, () => session.query(sql)),
    });
    const engine: Engine = {
      ...deps.engine,
      ...failing(deps.engine),
      transaction: (work) => through(nth, () => deps.engine.transaction((session) => work(failing(session)))),
    };
    return { ...deps, engine, ledger: createLedger(engine, deps, deps.clock) };
  };

/** How many calls an undisturbed run makes. */
async function countCalls(mode: Mode, failing: typeof failingStore): Promise<number> {
  const nth: Nth = { calls: 0, fail: 0, when: 'before' };
  const undisturbed = await labWithFiles(mode);
  await undisturbed.ingest({ deps: failing(nth) });
  await undisturbed.remove();
  return nth.calls;
}

describe.each(MODES)('%s: an error of the disk or the engine', (mode) => {
  it.each([
    ['store', failingStore, 11],
    ['engine', failingEngine, 31],
  ] as const)('of the %s at any call, met once, changes nothing of the end', async (_, failing, step) => {
    const calls = await countCalls(mode, failing);
    expect(calls).toBeGreaterThan(20);
    // One mode begins where the other one skips.
    for (let fail = mode === 'last-change' ? 1 : Math.ceil(step / 2); fail <= calls; fail += step) {
      const when = Math.floor(fail / step) % 2 === 0 ? 'before' : 'after';
      await expectSameEnd(mode, { deps: failing({ calls: 0, fail, when }) });
      await lab?.remove();
    }
  });
});
