import { mkdir, mkdtemp, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileStore, StoredFile } from '../../../lib/ports.ts';
import type { RestClient, RestRequest } from '../../../lib/storage/volume/rest-client.ts';
import { createVolumeFileStore } from '../../../lib/storage/volume/volume-file-store.ts';
import {
  type Intercept,
  type ServiceRestClient,
  serviceRestClient,
} from '../../helpers/service-rest-client.ts';
import { createFilesService } from '../../warehouse/bench/files-service.ts';

const VOLUMES = '/Volumes/main/crm';
const FOLDERS = { incoming: 'in', processed: 'done', rejected: 'bad' };
const SHA256_OF_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const LAST_YEAR = new Date(Date.now() - 365 * 86_400_000);

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidemark-volumes-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const seed = async (path: string, content: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
};

/** A file whose time of writing is long ago, so that a later write must show in it. */
const seedSettled = async (path: string, content: string): Promise<void> => {
  await seed(path, content);
  await utimes(join(root, path), LAST_YEAR, LAST_YEAR);
};

const tree = async (): Promise<string[]> => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).sort();
};

const open = (intercept?: Intercept, blockBytes?: number): { store: FileStore; rest: ServiceRestClient } => {
  const files = createFilesService();
  files.mount(VOLUMES, root);
  const rest = serviceRestClient(files, intercept);
  return { store: createVolumeFileStore({ rest, volumes: VOLUMES, folders: FOLDERS, blockBytes }), rest };
};

const over = (rest: RestClient): FileStore =>
  createVolumeFileStore({ rest, volumes: VOLUMES, folders: FOLDERS });

const file = (path: string, version = ''): StoredFile => ({ path, size: 3, version, arrivedAt: '' });

const listed = async (store: FileStore): Promise<StoredFile[]> => {
  const files: StoredFile[] = [];
  for await (const found of store.list('incoming')) files.push(found);
  return files;
};

const codeOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? error,
  );

describe('createVolumeFileStore', () => {
  it('names files as the warehouse does', () => {
    const { store } = open();

    expect([store.location('incoming'), store.enginePath('processed', "17/it's 100%.parquet")]).toEqual([
      '/Volumes/main/crm/in',
      "/Volumes/main/crm/done/17/it's 100%.parquet",
    ]);
  });

  it.each([
    ['Volumes/main/crm', FOLDERS],
    ['/', FOLDERS],
    ['/Volumes/main/../crm', FOLDERS],
    [VOLUMES, { ...FOLDERS, incoming: '../elsewhere' }],
    [VOLUMES, { ...FOLDERS, rejected: '' }],
  ])('refuses volumes %s with folders %j', (volumes, folders) => {
    const { rest } = open();

    expect(() => createVolumeFileStore({ rest, volumes, folders })).toThrow(
      expect.objectContaining({ code: 'UNSAFE_PATH' }),
    );
  });

  it('encodes every name of an address by itself', async () => {
    const asked: [string, string, RestRequest['query']][] = [];
    const store = over({
      request: async (method, path, request) => {
        asked.push([method, path, request?.query]);
        return { status: 404, headers: {}, body: Buffer.alloc(0) };
      },
    });

    await store.read('incoming', 'a b/50%/q?#&+=/日本🌊~');

    expect(asked).toEqual([
      [
        'GET',
        '/api/2.0/fs/files/Volumes/main/crm/in/a%20b/50%25/q%3F%23%26%2B%3D/%E6%97%A5%E6%9C%AC%F0%9F%8C%8A~',
        undefined,
      ],
    ]);
    expect(await codeOf(store.read('incoming', 'half \ud800'))).toBe('UNSAFE_PATH');
  });

  it('knows a file by its size and the hash of its content, as a local store does', async () => {
    await seed('in/a', 'abc');

    expect(await open(undefined, 2).store.identify('incoming', file('a'))).toEqual({
      path: 'a',
      size: 3,
      version: `3-${SHA256_OF_ABC}`,
      arrivedAt: '',
    });
  });

  it('identifies no file that was replaced while it was read', async () => {
    await seedSettled('in/a', 'abcdef');
    const { store } = open(async (call, send) => {
      if (call.endsWith('bytes=2-3')) await seed('in/a', 'ABCDEF');
      return send();
    }, 2);

    expect(await codeOf(store.identify('incoming', file('a')))).toBe('FILE_CHANGED');
  });

  it('does not take a missing catalog for an empty folder', async () => {
    const body = Buffer.from('{"error_code":"CATALOG_DOES_NOT_EXIST","message":"No such catalog"}');
    const store = over({ request: async () => ({ status: 404, headers: {}, body }) });

    expect(await codeOf(listed(store))).toBe('VOLUME_MISSING');
    expect(await codeOf(store.read('incoming', 'a'))).toBe('VOLUME_MISSING');
  });

  it('says that the volume is missing where a file is to be written', async () => {
    await seed('in/a', 'abc');
    const { store } = open(async (call, send) =>
      call.startsWith('PutFile') ? { status: 404, headers: {}, body: Buffer.alloc(0) } : send(),
    );

    expect(await codeOf(store.move('incoming', file('a'), 'processed', 'a'))).toBe('VOLUME_MISSING');
    expect(await codeOf(store.put('rejected', 'a', 'x'))).toBe('VOLUME_MISSING');
    expect(await tree()).toEqual(['in/a']);
  });

  it('passes on that the workspace lets nobody in', async () => {
    const store = over({
      request: async () => ({ status: 403, headers: {}, body: Buffer.alloc(0) }),
    });

    for (const attempt of [
      () => listed(store),
      () => store.identify('incoming', file('a')),
      () => store.readRange('incoming', 'a', 0, 1),
      () => store.move('incoming', file('a'), 'processed', 'a'),
      () => store.put('rejected', 'a', 'x'),
      () => store.read('rejected', 'a'),
      () => store.remove('rejected', 'a'),
    ]) {
      expect(await codeOf(attempt())).toBe('FILE_ACCESS_DENIED');
    }
  });
});

describe('list', () => {
  it('finds ten thousand files of one folder, page by page', async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `f${i}.parquet`);
    const asked: (string | undefined)[] = [];
    const store = over({
      request: async (_, __, request) => {
        const token = request?.query?.page_token;
        asked.push(token);
        const start = Number(token ?? 0);
        const contents = names.slice(start, start + 1_000).map((name) => ({ name, last_modified: 0 }));
        const next = start + 1_000 < names.length ? { next_page_token: String(start + 1_000) } : {};
        return { status: 200, headers: {}, body: Buffer.from(JSON.stringify({ contents, ...next })) };
      },
    });

    expect((await listed(store)).map(({ path }) => path)).toEqual(names);
    expect(asked).toEqual([undefined, ...Array.from({ length: 9 }, (_, i) => String((i + 1) * 1_000))]);
  });

  it('goes on after an empty page, and shows a page before it asks for the next', async () => {
    const pages = [
      { next_page_token: 'two' },
      {
        contents: [{ name: 'a', is_directory: false, last_modified: 1_700_000_000_123 }],
        next_page_token: 'three',
      },
      {},
    ];
    const tokens: unknown[] = [];
    const store = over({
      request: async (_, __, request) => {
        tokens.push(request?.query?.page_token);
        return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(pages.shift())) };
      },
    });

    const files = store.list('incoming')[Symbol.asyncIterator]();

    expect((await files.next()).value).toEqual({
      path: 'a',
      size: 0,
      version: '',
      arrivedAt: '2023-11-14T22:13:20.123000Z',
    });
    expect(tokens).toEqual([undefined, 'two']);
    expect(await files.next()).toEqual({ done: true, value: undefined });
    expect(tokens).toEqual([undefined, 'two', 'three']);
  });

  it.each(['<html>', '{"contents":[{"name":"a"}]}'])('does not take %j for a listing', async (text) => {
    const store = over({ request: async () => ({ status: 200, headers: {}, body: Buffer.from(text) }) });

    expect(await codeOf(listed(store))).toBe('STORAGE_UNAVAILABLE');
  });
});

describe('readRange', () => {
  it('ends where the file ends, and reads nothing after it', async () => {
    await seed('in/a', 'abc');
    await seed('in/empty', '');
    const { store } = open();
    const text = async (path: string, start: number, end: number): Promise<string> =>
      Buffer.from(await store.readRange('incoming', path, start, end)).toString();

    expect([
      await text('a', 1, 9),
      await text('a', 3, 9),
      await text('a', 9, 12),
      await text('a', 1, 1),
      await text('empty', 0, 5),
    ]).toEqual(['bc', '', '', '', '']);
  });

  it('takes its part of the whole where ranges are passed over', async () => {
    const store = over({ request: async () => ({ status: 200, headers: {}, body: Buffer.from('abcdef') }) });

    expect(Buffer.from(await store.readRange('incoming', 'a', 2, 4)).toString()).toBe('cd');
  });

  it.each([
    ['fewer bytes than there are', { 'content-range': 'bytes 0-3/9' }],
    ['another range', { 'content-range': 'bytes 1-2/9' }],
    ['no range', {}],
  ])('does not believe %s', async (_, headers) => {
    const store = over({ request: async () => ({ status: 206, headers, body: Buffer.from('ab') }) });

    expect(await codeOf(store.readRange('incoming', 'a', 0, 4))).toBe('STORAGE_UNAVAILABLE');
  });
});

describe('move', () => {
  it('asks for no more than it needs, and reads a file once that cannot have changed unseen', async () => {
    await seedSettled('in/a', 'abc');
    const { store, rest } = open();

    await store.move('incoming', file('a', `3-${SHA256_OF_ABC}`), 'processed', '17/a');

    expect(rest.calls).toEqual([
      'GetFileMetadata /Volumes/main/crm/in/a',
      'GetFileMetadata /Volumes/main/crm/done/17/a',
      'GetFile /Volumes/main/crm/in/a bytes=0-8388607',
      'PutFile /Volumes/main/crm/done/17/a',
      'GetFileMetadata /Volumes/main/crm/done/17/a',
      'GetFileMetadata /Volumes/main/crm/in/a',
      'DeleteFile /Volumes/main/crm/in/a',
    ]);
    expect(await tree()).toEqual(['done/17/a']);
  });

  it('streams a file of many blocks, in order', async () => {
    await seedSettled('in/a', '0123456789');
    const { store, rest } = open(undefined, 4);
    const known = await store.identify('incoming', file('a'));
    rest.calls.length = 0;

    await store.move('incoming', known, 'processed', 'a');

    expect(rest.calls.slice(2, 6)).toEqual([
      'PutFile /Volumes/main/crm/done/a',
      'GetFile /Volumes/main/crm/in/a bytes=0-3',
      'GetFile /Volumes/main/crm/in/a bytes=4-7',
      'GetFile /Volumes/main/crm/in/a bytes=8-11',
    ]);
    expect(await store.identify('processed', file('a'))).toEqual(known);
    expect(await tree()).toEqual(['done/a']);
  });

  it('moves whatever is there when nobody looked at it before', async () => {
    await seed('in/a', 'abc');

    expect(await open().store.move('incoming', file('a'), 'rejected', 'a')).toBe('a');
    expect(await open().store.move('incoming', file('a'), 'rejected', 'a')).toBe('a');
    expect(await tree()).toEqual(['bad/a']);
  });

  it('leaves nothing behind where the content turns out another while it is sent', async () => {
    await seedSettled('in/a', '0123456789');
    const { store } = open(undefined, 4);
    const known = await store.identify('incoming', file('a'));
    await seedSettled('in/a', '012345678X');

    expect(await codeOf(store.move('incoming', known, 'processed', 'a'))).toBe('FILE_CHANGED');
    expect(await tree()).toEqual(['in/a']);
  });

  it.each([
    ['long ago', seedSettled],
    ['within this second', seed],
  ])('keeps what replaces the source after it was copied, first written %s', async (_, write) => {
    await write('in/a', 'before');
    const { store } = open(async (call, send) => {
      const answer = await send();
      if (call.startsWith('PutFile')) await seed('in/a', 'after!');
      return answer;
    });
    const known = await store.identify('incoming', file('a'));

    expect(await codeOf(store.move('incoming', known, 'processed', 'a'))).toBe('FILE_CHANGED');

    expect(await store.read('incoming', 'a')).toBe('after!');
    expect(await store.read('processed', 'a')).toBe('before');
  });

  it('is done once when somebody else does the same at any moment of it', async () => {
    const firsts: unknown[] = [];
    for (let at = 1; at <= 9; at++) {
      await seed('in/a', 'abc');
      const known = await open().store.identify('incoming', file('a'));
      const { store } = open(async (_, send, n) => {
        if (n === at) await open().store.move('incoming', known, 'processed', 'a');
        return send();
      });

      firsts.push(await codeOf(store.move('incoming', known, 'processed', 'a')));

      expect(await store.move('incoming', known, 'processed', 'a')).toBe('a');
      expect(await tree()).toEqual(['done/a']);
      await rm(root, { recursive: true });
    }
    // Before the third request the other move takes away what this one is about to read.
    expect(firsts).toEqual(['done', 'done', 'FILE_VANISHED', ...Array(6).fill('done')]);
  });

  it('does not overwrite what comes into its way after it looked', async () => {
    await seed('in/a.parquet', 'abc');
    const { store } = open(async (call, send) => {
      if (call.startsWith('PutFile') && call.endsWith('/a.parquet')) await seed('done/a.parquet', 'other');
      return send();
    });

    expect(await store.move('incoming', file('a.parquet'), 'processed', 'a.parquet')).toBe('a~2.parquet');
    expect(await store.read('processed', 'a.parquet')).toBe('other');
    expect(await tree()).toEqual(['done/a.parquet', 'done/a~2.parquet']);
  });

  it('does not move a file onto a folder', async () => {
    await seed('in/a', 'abc');
    await mkdir(join(root, 'done/a'), { recursive: true });

    expect(await codeOf(open().store.move('incoming', file('a'), 'processed', 'a'))).toBe('FILE_NOT_A_FILE');
    expect(await tree()).toEqual(['in/a']);
  });

  it('stays where it is when it is to go where it is', async () => {
    await seed('in/a', 'abc');

    expect(await open().store.move('incoming', file('a'), 'incoming', 'a')).toBe('a');
    expect(await tree()).toEqual(['in/a']);
  });

  it('keeps eight requests under way at most, however many files are to be moved', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `f${i}`);
    for (const name of names) await seed(`in/${name}`, '0123456789');
    let underWay = 0;
    let most = 0;
    const { store } = open(async (call, send) => {
      underWay += 1;
      most = Math.max(most, underWay);
      try {
        return call.startsWith('PutFile /Volumes/main/crm/done/f7')
          ? Promise.reject(new Error('cut'))
          : await send();
      } finally {
        underWay -= 1;
      }
    }, 4);

    const paths = await Promise.allSettled(
      names.map((name) => store.move('incoming', file(name), 'processed', name)),
    );

    expect(most).toBeLessThanOrEqual(8);
    expect(paths.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(await tree()).toEqual(
      [...names.filter((name) => name !== 'f7').map((n) => `done/${n}`), 'in/f7'].sort(),
    );
  });

  it('refuses a file that the workspace would not take, before anything is done', async () => {
    await seed('in/a', '');
    await truncate(join(root, 'in/a'), 5 * 1024 ** 3 + 1);
    const { store, rest } = open();

    expect(await codeOf(store.move('incoming', file('a'), 'processed', 'a'))).toBe('FILE_TOO_LARGE');
    expect(rest.calls).toEqual(['GetFileMetadata /Volumes/main/crm/in/a']);
  });

  it('keeps the source of a copy that came out short', async () => {
    await seed('in/a', 'abc');
    const { store } = open(async (call, send) => {
      const answer = await send();
      if (call.startsWith('PutFile')) await seed('done/a', 'ab');
      return answer;
    });

    expect(await codeOf(store.move('incoming', file('a'), 'processed', 'a'))).toBe('FILE_COPY_INCOMPLETE');
    expect(await tree()).toEqual(['done/a', 'in/a']);
  });
});

describe('a move that is cut off and repeated', () => {
  const cut = new Error('cut off');

  const cases = [
    ['a file of one block', undefined],
    ['a file of many blocks', 4],
  ] as const;
  const ways = [
    ['before the n-th request', (send: () => Promise<unknown>) => void send],
    ['after the n-th request, its answer lost', (send: () => Promise<unknown>) => send()],
  ] as const;

  for (const [what, blockBytes] of cases) {
    it.each(ways)(`is done once, for ${what}, cut off %s`, async (_, before) => {
      const content = '0123456789';
      const ends: unknown[] = [];
      for (let at = 1; ; at++) {
        await seed('in/a.parquet', content);
        await seed('done/a.parquet', 'different');
        const known = await open().store.identify('incoming', file('a.parquet'));
        const { store, rest } = open(async (_call, send, n) => {
          if (n !== at) return send();
          await before(send);
          throw cut;
        }, blockBytes);

        const first = await codeOf(store.move('incoming', known, 'processed', 'a.parquet'));
        const path = await open().store.move('incoming', known, 'processed', 'a.parquet');

        ends.push({ first, path, tree: await tree(), content: await open().store.read('processed', path) });
        await rm(root, { recursive: true });
        if (rest.calls.length < at) break;
      }

      const done = { path: 'a~2.parquet', tree: ['done/a.parquet', 'done/a~2.parquet'], content };
      expect(ends.length).toBeGreaterThan(8);
      expect(ends).toEqual(ends.map((_, i) => ({ ...done, first: i === ends.length - 1 ? 'done' : cut })));
    });
  }
});
