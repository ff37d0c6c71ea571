import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TerminalError, TransientError } from '../../lib/errors.ts';
import type { FileStore, Place, StoredFile } from '../../lib/ports.ts';

/** One store with empty places, and a way to look at and change its files behind its back. */
export interface FileStoreUnderTest {
  readonly store: FileStore;
  /** Writes a file as a producer would. */
  seed(place: Place, path: string, content: string | Uint8Array): Promise<void>;
  /** The bytes of a file as text, or null if there is none. */
  peek(place: Place, path: string): Promise<string | null>;
  dispose(): Promise<void>;
}

/** Legal names that are easy to break: each is listed, read and moved like any other. */
const HOSTILE_NAMES: readonly string[] = [
  'dbo/order id/LOAD00000001.parquet',
  "it's.parquet",
  'say "hi".parquet',
  'star*[a-z]?{a,b}.parquet',
  'naïve-日本-🌊.parquet',
  'percent%20%2F+plus&amp.parquet',
  'semi;colon,comma=eq#hash.parquet',
  '$HOME`whoami`.parquet',
  'no-extension',
  'two..dots.parquet',
  ' leading and trailing ',
  'tilde~2.parquet',
  '2026/01/31/20260131-235959999.parquet',
];

/**
 * What every `FileStore` promises. `create` is called for each test.
 *
 * @param manyFiles more than a store gets in one listing
 */
export function fileStoreContract(
  name: string,
  create: () => Promise<FileStoreUnderTest>,
  manyFiles = 5_000,
): void {
  describe(`file store contract: ${name}`, () => {
    let under: FileStoreUnderTest;
    let store: FileStore;

    beforeEach(async () => {
      under = await create();
      store = under.store;
    });

    afterEach(async () => {
      await under.dispose();
    });

    const listed = async (place: Place): Promise<StoredFile[]> => {
      const files: StoredFile[] = [];
      for await (const file of store.list(place)) files.push(file);
      return files.sort((a, b) => (a.path < b.path ? -1 : 1));
    };
    const paths = async (place: Place): Promise<string[]> => (await listed(place)).map((file) => file.path);
    const identified = async (place: Place, path: string): Promise<StoredFile> => {
      const file = (await listed(place)).find((candidate) => candidate.path === path);
      if (!file) throw new Error(`${path} is not listed`);
      return store.identify(place, file);
    };

    describe('list', () => {
      it('finds nothing in a place that does not exist yet', async () => {
        expect(await listed('incoming')).toEqual([]);
      });

      it('finds files at any depth, with size, arrival and no version yet', async () => {
        const before = new Date(Date.now() - 5_000).toISOString();
        await under.seed('incoming', 'a.parquet', 'abc');
        await under.seed('incoming', 'dbo/customer/2026/b.parquet', '');

        const files = await listed('incoming');

        expect(files.map(({ path, size }) => ({ path, size }))).toEqual([
          { path: 'a.parquet', size: 3 },
          { path: 'dbo/customer/2026/b.parquet', size: 0 },
        ]);
        for (const file of files) {
          expect(file.arrivedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
          expect(file.arrivedAt > before).toBe(true);
        }
      });

      it('passes over hidden names at any depth', async () => {
        await under.seed('incoming', '_SUCCESS', 'x');
        await under.seed('incoming', '.hidden.parquet', 'x');
        await under.seed('incoming', '_temporary/0/a.parquet', 'x');
        await under.seed('incoming', 'seen/.crc/a.parquet', 'x');
        await under.seed('incoming', 'seen/a_.parquet', 'x');

        expect(await paths('incoming')).toEqual(['seen/a_.parquet']);
      });

      it('keeps the places apart', async () => {
        await under.seed('incoming', 'a', '1');
        await under.seed('processed', 'b', '2');
        await under.seed('rejected', 'c', '3');

        expect([await paths('incoming'), await paths('processed'), await paths('rejected')]).toEqual([
          ['a'],
          ['b'],
          ['c'],
        ]);
      });

      it('finds thousands of files, each once', async () => {
        const expected = Array.from(
          { length: manyFiles },
          (_, i) => `d${i % 7}/f${String(i).padStart(5, '0')}.parquet`,
        );
        for (let i = 0; i < expected.length; i += 250) {
          await Promise.all(expected.slice(i, i + 250).map((path) => under.seed('incoming', path, 'x')));
        }

        expect(await paths('incoming')).toEqual([...expected].sort());
      });
    });

    describe('identify', () => {
      it('gives equal versions to equal content and others to other content of the same size', async () => {
        await under.seed('incoming', 'a', 'same');
        await under.seed('incoming', 'b', 'same');
        await under.seed('incoming', 'c', 'diff');

        const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((path) => identified('incoming', path)));

        expect(a?.version).not.toBe('');
        expect(a?.version).toBe(b?.version);
        expect(a?.version).not.toBe(c?.version);
      });

      it('says FILE_VANISHED, to be tried again, for a file that is gone', async () => {
        const ghost: StoredFile = { path: 'ghost', size: 1, version: '', arrivedAt: '' };

        const error = await store.identify('incoming', ghost).catch((e: unknown) => e);

        expect(error).toBeInstanceOf(TransientError);
        expect(error).toMatchObject({ code: 'FILE_VANISHED' });
      });
    });

    describe('readRange', () => {
      it('reads exactly the bytes asked for', async () => {
        await under.seed('incoming', 'a', '0123456789');

        const text = async (start: number, end: number): Promise<string> =>
          Buffer.from(await store.readRange('incoming', 'a', start, end)).toString();

        expect([await text(0, 10), await text(3, 5), await text(9, 10)]).toEqual(['0123456789', '34', '9']);
      });

      it('says FILE_VANISHED, to be tried again, for a file that is gone', async () => {
        const error = await store.readRange('incoming', 'ghost', 0, 1).catch((e: unknown) => e);

        expect(error).toBeInstanceOf(TransientError);
        expect(error).toMatchObject({ code: 'FILE_VANISHED' });
      });
    });

    describe('move', () => {
      it('takes the file from one place to the other, byte for byte', async () => {
        await under.seed('incoming', 'dbo/a.parquet', 'content');
        const file = await identified('incoming', 'dbo/a.parquet');

        const path = await store.move('incoming', file, 'processed', '17/dbo/a.parquet');

        expect(path).toBe('17/dbo/a.parquet');
        expect(await paths('incoming')).toEqual([]);
        expect(await under.peek('processed', '17/dbo/a.parquet')).toBe('content');
      });

      it('is done already when called again', async () => {
        await under.seed('incoming', 'a', 'content');
        const file = await identified('incoming', 'a');
        await store.move('incoming', file, 'processed', '17/a');

        expect(await store.move('incoming', file, 'processed', '17/a')).toBe('17/a');
        expect(await paths('processed')).toEqual(['17/a']);
      });

      it('finishes a move that a crash left with the file at both ends', async () => {
        await under.seed('incoming', 'a', 'content');
        await under.seed('processed', '17/a', 'content');

        expect(await store.move('incoming', await identified('incoming', 'a'), 'processed', '17/a')).toBe(
          '17/a',
        );
        expect([await paths('incoming'), await paths('processed')]).toEqual([[], ['17/a']]);
      });

      it('keeps a different file that is in the way and takes a free name beside it', async () => {
        await under.seed('processed', '17/a.parquet', 'older');
        await under.seed('processed', '17/a~2.parquet', 'other');
        await under.seed('incoming', 'a.parquet', 'newer');
        const file = await identified('incoming', 'a.parquet');

        const path = await store.move('incoming', file, 'processed', '17/a.parquet');

        expect(path).toBe('17/a~3.parquet');
        expect(await under.peek('processed', '17/a.parquet')).toBe('older');
        expect(await under.peek('processed', '17/a~2.parquet')).toBe('other');
        expect(await under.peek('processed', '17/a~3.parquet')).toBe('newer');
        expect(await store.move('incoming', file, 'processed', '17/a.parquet')).toBe('17/a~3.parquet');
      });

      it('leaves a file alone whose content changed since it was looked at', async () => {
        await under.seed('incoming', 'a', 'before');
        const file = await identified('incoming', 'a');
        await under.seed('incoming', 'a', 'after!');

        const error = await store.move('incoming', file, 'processed', 'a').catch((e: unknown) => e);

        expect(error).toBeInstanceOf(TransientError);
        expect(error).toMatchObject({ code: 'FILE_CHANGED' });
        expect(await under.peek('incoming', 'a')).toBe('after!');
        expect(await paths('processed')).toEqual([]);
      });

      it('says FILE_VANISHED when the file is at neither end, or something else is at the other', async () => {
        await under.seed('incoming', 'a', 'content');
        const file = await identified('incoming', 'a');
        await store.move('incoming', file, 'rejected', 'a');
        await under.seed('processed', 'b', 'something else');

        for (const toPath of ['a', 'b']) {
          const error = await store.move('incoming', file, 'processed', toPath).catch((e: unknown) => e);
          expect(error).toBeInstanceOf(TransientError);
          expect(error).toMatchObject({ code: 'FILE_VANISHED' });
        }
      });

      it('leaves the incoming place usable when its last file is gone', async () => {
        await under.seed('incoming', 'a', '1');
        await store.move('incoming', await identified('incoming', 'a'), 'processed', 'a');
        await under.seed('incoming', 'b', '2');

        expect(await paths('incoming')).toEqual(['b']);
      });
    });

    describe('put, read, remove', () => {
      it('writes a small file whole, again and again, and reads it back', async () => {
        await store.put('rejected', '17/a.parquet.reason.json', '{"code":"ä"}\n');
        await store.put('rejected', '17/a.parquet.reason.json', '{"code":"🌊"}\n');

        expect(await store.read('rejected', '17/a.parquet.reason.json')).toBe('{"code":"🌊"}\n');
        expect(await paths('rejected')).toEqual(['17/a.parquet.reason.json']);
      });

      it('reads null where nothing is, and removes what is there or not', async () => {
        await store.put('rejected', 'a', 'x');

        await store.remove('rejected', 'a');
        await store.remove('rejected', 'a');

        expect(await store.read('rejected', 'a')).toBeNull();
        expect(await store.read('processed', 'no/folder/a')).toBeNull();
      });
    });

    it('lists, reads and moves files with hostile names', async () => {
      for (const path of HOSTILE_NAMES) await under.seed('incoming', path, `content of ${path}`);
      expect(await paths('incoming')).toEqual([...HOSTILE_NAMES].sort());

      for (const path of HOSTILE_NAMES) {
        const file = await identified('incoming', path);
        const bytes = await store.readRange('incoming', path, 0, file.size);
        expect(Buffer.from(bytes).toString()).toBe(`content of ${path}`);
        expect(await store.move('incoming', file, 'processed', `17/${path}`)).toBe(`17/${path}`);
      }

      expect(await paths('incoming')).toEqual([]);
      expect(await paths('processed')).toEqual(HOSTILE_NAMES.map((path) => `17/${path}`).sort());
    });

    it.each(['', '/etc/passwd', '../outside', 'a/../../outside', 'a//b', './a', 'a/', 'nul\0'])(
      'refuses the path %j in every call',
      async (path) => {
        await under.seed('incoming', 'a', 'x');
        const file: StoredFile = { path, size: 1, version: '', arrivedAt: '' };
        const good = await identified('incoming', 'a');

        const attempts: (() => unknown)[] = [
          () => store.identify('incoming', file),
          () => store.readRange('incoming', path, 0, 1),
          () => store.move('incoming', file, 'processed', 'a'),
          () => store.move('incoming', good, 'processed', path),
          () => store.put('rejected', path, 'x'),
          () => store.read('rejected', path),
          () => store.remove('rejected', path),
          () => store.enginePath('incoming', path),
        ];

        for (const attempt of attempts) {
          const error = await Promise.resolve()
            .then(attempt)
            .catch((e: unknown) => e);
          expect(error).toBeInstanceOf(TerminalError);
          expect(error).toMatchObject({ code: 'UNSAFE_PATH' });
        }
        expect(await paths('incoming')).toEqual(['a']);
      },
    );
  });
}
