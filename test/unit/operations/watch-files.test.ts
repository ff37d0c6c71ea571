import { describe, expect, it } from 'vitest';
import { TerminalError, TransientError } from '../../../lib/errors.ts';
import { leaveLastFailure } from '../../../lib/operations/last-failure.ts';
import { watchFiles, type WatchOptions } from '../../../lib/operations/watch-files.ts';
import type { FileStore, Place, StoredFile } from '../../../lib/ports.ts';

const file = (path: string, arrivedAt = '2026-05-01T00:00:00.000000Z'): StoredFile => ({
  path,
  size: 1,
  version: 'v',
  arrivedAt,
});

/** Folders that can be changed between two looks. */
function folders(incoming: StoredFile[] = [], rejected: StoredFile[] = []) {
  const there: Record<Place, StoredFile[]> = { incoming, processed: [], rejected };
  const small = new Map<string, string>();
  const store = {
    async *list(place: Place) {
      yield* there[place];
    },
    read: async (place: Place, path: string) => small.get(`${place}/${path}`) ?? null,
    put: async (place: Place, path: string, content: string) => void small.set(`${place}/${path}`, content),
  };
  return { there, small, store: store as unknown as FileStore };
}

/** A clock that only goes on while somebody sleeps, when `happens` is asked what else does. */
function time(happens: (look: number) => unknown = () => {}) {
  let ms = 0;
  let looks = 0;
  const slept: number[] = [];
  const options: Pick<WatchOptions, 'sleep' | 'now'> = {
    now: () => ms,
    sleep: async (forMs) => {
      slept.push(forMs);
      ms += forMs;
      await happens(++looks);
    },
  };
  return { options, slept };
}

describe('watchFiles', () => {
  it('ends when no file is left that waited, whatever arrived since', async () => {
    const { there, store } = folders([file('a.parquet'), file('b.parquet')]);
    const told: unknown[] = [];
    const { options, slept } = time((look) => {
      if (look === 1) there.incoming = [file('b.parquet'), file('c.parquet')];
      if (look === 2) there.incoming = [file('c.parquet')];
    });
    const watch = await watchFiles([{ table: 'customer', store }]);

    const files = await watch({
      ...options,
      maxMs: 60_000,
      onProgress: (...step) => told.push(step),
    });

    expect(files).toEqual([{ table: 'customer', files: 2, left: 0, rejected: 0, failure: null }]);
    expect(told).toEqual([
      ['customer', 2, 2],
      ['customer', 2, 1],
      ['customer', 2, 0],
    ]);
    expect(slept).toEqual([5_000, 5_000]);
  });

  it('counts a file of the same name that arrived later as another', async () => {
    const { there, store } = folders([file('LOAD00000001.parquet')]);
    const watch = await watchFiles([{ table: 'customer', store }]);
    there.incoming = [file('LOAD00000001.parquet', '2026-05-01T00:01:00.000000Z')];

    expect(await watch({ ...time().options, maxMs: 1 })).toEqual([
      { table: 'customer', files: 1, left: 0, rejected: 0, failure: null },
    ]);
  });

  it('tells what was rejected meanwhile, and not what had been before', async () => {
    const { there, store } = folders([file('bad.parquet')], [file('old.parquet')]);
    const watch = await watchFiles([{ table: 'customer', store }]);
    const later = '2026-05-01T00:01:00.000000Z';
    there.incoming = [];
    there.rejected = [
      file('old.parquet'),
      file('bad.parquet', later),
      file('bad.parquet.reason.json', later),
    ];

    expect(await watch({ ...time().options, maxMs: 1 })).toEqual([
      { table: 'customer', files: 1, left: 0, rejected: 1, failure: null },
    ]);
  });

  it('gives up when the time is over, with what is left of each table', async () => {
    const stuck = folders([file('a.parquet'), file('b.parquet')]);
    const quick = folders([file('a.parquet')]);
    const { options, slept } = time(() => {
      quick.there.incoming = [];
    });
    const watch = await watchFiles([
      { table: 'customer', store: stuck.store },
      { table: 'product', store: quick.store },
    ]);

    expect(await watch({ ...options, maxMs: 12_000 })).toEqual([
      { table: 'customer', files: 2, left: 2, rejected: 0, failure: null },
      { table: 'product', files: 1, left: 0, rejected: 0, failure: null },
    ]);
    expect(slept).toEqual([5_000, 5_000, 2_000]);
  });

  it('ends for a table whose run failed for good since, and says how; others are waited for', async () => {
    const denied = new TerminalError('PERMISSION_DENIED', 'No right to do that.');
    const [failing, passing, before] = [folders([file('a')]), folders([file('a')]), folders([file('a')])];
    await leaveLastFailure(before.store, denied, '2026-05-01T00:00:00.000000Z');
    const watch = await watchFiles([
      { table: 'failing', store: failing.store },
      { table: 'passing', store: passing.store },
      { table: 'before', store: before.store },
    ]);
    const at = '2026-05-01T00:01:00.000000Z';
    const { options, slept } = time(async (look) => {
      if (look === 1) await leaveLastFailure(failing.store, denied, at);
      if (look === 1) await leaveLastFailure(passing.store, new TransientError('TABLE_BUSY', 'Wait.'), at);
      if (look === 3) before.there.incoming = [];
    });

    const files = await watch({ ...options, maxMs: 20_000 });

    const left = { files: 1, left: 1, rejected: 0 };
    const lasting = { at, code: 'PERMISSION_DENIED', message: 'No right to do that.', lasting: true };
    const passes = { at, code: 'TABLE_BUSY', message: 'Wait.', lasting: false };
    expect(files).toEqual([
      { table: 'failing', ...left, failure: lasting },
      { table: 'passing', ...left, failure: passes },
      { table: 'before', files: 1, left: 0, rejected: 0, failure: null },
    ]);
    expect(slept).toHaveLength(4);
    const alone = await watchFiles([{ table: 'failing', store: failing.store }]);
    const soon = time(() => leaveLastFailure(failing.store, denied, '2026-05-01T00:02:00.000000Z'));
    await alone({ ...soon.options, maxMs: 60_000 });
    expect(soon.slept).toEqual([5_000]);
  });

  it.each(['', 'no json', '[]', '{"at":1,"code":"X","message":"m"}'])(
    'takes word of a failure that nobody can read for none: %j',
    async (text) => {
      const { small, store } = folders([file('a')]);
      const watch = await watchFiles([{ table: 'customer', store }]);
      small.set('rejected/_last-failure.json', text);

      expect(await watch({ ...time().options, maxMs: 1 })).toMatchObject([{ left: 1, failure: null }]);
    },
  );

  it('waits for nothing where no file waits, and ends when it may not go on', async () => {
    const none = await watchFiles([{ table: 'customer', store: folders().store }]);
    const stopped = await watchFiles([{ table: 'customer', store: folders([file('a.parquet')]).store }]);
    const { options, slept } = time();

    expect(await none({ ...options, maxMs: 60_000 })).toMatchObject([{ files: 0, left: 0 }]);
    expect(await stopped({ ...options, maxMs: 60_000, mayGoOn: () => false })).toMatchObject([{ left: 1 }]);
    expect(slept).toEqual([]);
  });
});
