import {
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TerminalError } from '../../../lib/errors.ts';
import type { FileStore, StoredFile } from '../../../lib/ports.ts';
import { temporaryPath } from '../../../lib/storage/durable-write.ts';
import { createLocalFileStore } from '../../../lib/storage/local-file-store.ts';

const FOLDERS = { incoming: 'in', processed: 'done', rejected: 'bad' };
const SHA256_OF_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

let root: string;
let store: FileStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidemark-store-'));
  store = createLocalFileStore({ root, folders: FOLDERS });
  await mkdir(join(root, 'in'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const file = (path: string, version = ''): StoredFile => ({ path, size: 3, version, arrivedAt: '' });

const listed = async (from: FileStore = store): Promise<string[]> => {
  const paths: string[] = [];
  for await (const { path } of from.list('incoming')) paths.push(path);
  return paths.sort();
};

const tree = async (folder: string): Promise<string[]> =>
  (await readdir(join(root, folder), { recursive: true }).catch((): string[] => [])).sort();

describe('createLocalFileStore', () => {
  it('gives absolute paths to people and engines', () => {
    expect([store.location('incoming'), store.enginePath('processed', "17/it's.parquet")]).toEqual([
      join(root, 'in'),
      join(root, 'done', "17/it's.parquet"),
    ]);
  });

  it('names files to an engine that knows the root by another name, and works on the root itself', async () => {
    const seen = createLocalFileStore({ root, engineRoot: '/mnt/lake', folders: FOLDERS });
    await writeFile(join(root, 'in/a'), 'abc');

    expect([seen.location('incoming'), seen.enginePath('processed', '17/a')]).toEqual([
      join(root, 'in'),
      '/mnt/lake/done/17/a',
    ]);
    expect(await listed(seen)).toEqual(['a']);
    expect(await seen.move('incoming', file('a', `3-${SHA256_OF_ABC}`), 'processed', '17/a')).toBe('17/a');
    expect(await tree('done')).toEqual(['17', '17/a']);
    expect(() => createLocalFileStore({ root, engineRoot: 'mnt/lake', folders: FOLDERS })).toThrow(
      expect.objectContaining({ code: 'UNSAFE_PATH' }),
    );
  });

  it.each([
    ['relative/root', FOLDERS],
    ['/tmp', { ...FOLDERS, incoming: '../elsewhere' }],
    ['/tmp', { ...FOLDERS, rejected: '' }],
  ])('refuses root %s with folders %j', (badRoot, folders) => {
    expect(() => createLocalFileStore({ root: badRoot, folders })).toThrow(
      expect.objectContaining({ code: 'UNSAFE_PATH' }),
    );
  });

  it('knows a file by its size and the hash of its content', async () => {
    await writeFile(join(root, 'in/a'), 'abc');

    expect(await store.identify('incoming', file('a'))).toEqual({
      path: 'a',
      size: 3,
      version: `3-${SHA256_OF_ABC}`,
      arrivedAt: '',
    });
  });

  it('says when a file arrived, not when it was last written', async () => {
    const before = new Date(Date.now() - 1_000).toISOString();
    await writeFile(join(root, 'elsewhere'), 'abc');
    await utimes(join(root, 'elsewhere'), 0, 0);
    await rename(join(root, 'elsewhere'), join(root, 'in/a'));

    for await (const { arrivedAt } of store.list('incoming')) expect(arrivedAt > before).toBe(true);
  });

  it('lists without waiting for the whole folder', async () => {
    await writeFile(join(root, 'seed'), 'abc');
    for (let i = 0; i < 500; i++) await link(join(root, 'seed'), join(root, `in/${i}`));

    const first = await store.list('incoming')[Symbol.asyncIterator]().next();

    expect(first.value).toMatchObject({ size: 3, version: '' });
  });

  it('does not list and does not read through symbolic links', async () => {
    await mkdir(join(root, 'outside'));
    await writeFile(join(root, 'outside/secret'), 'abc');
    await symlink(join(root, 'outside/secret'), join(root, 'in/link'));
    await symlink(join(root, 'outside'), join(root, 'in/folder'));
    await symlink(join(root, 'in'), join(root, 'in/loop'));
    await symlink(join(root, 'nowhere'), join(root, 'in/dangling'));

    expect(await listed()).toEqual([]);
    for (const attempt of [
      () => store.readRange('incoming', 'link', 0, 3),
      () => store.readRange('incoming', 'folder/secret', 0, 3),
      () => store.read('incoming', 'folder/secret'),
      () => store.read('incoming', 'link'),
      () => store.identify('incoming', file('link')),
      () => store.move('incoming', file('folder/secret'), 'processed', 'a'),
      () => store.move('incoming', file('link'), 'processed', 'a'),
      () => store.put('incoming', 'folder/new/deep', 'x'),
      () => store.remove('incoming', 'folder/secret'),
    ]) {
      expect(await attempt().catch((e: unknown) => e)).toBeInstanceOf(TerminalError);
    }
    expect(await tree('outside')).toEqual(['secret']);
    expect(await tree('done')).toEqual([]);
  });

  it('works where the places themselves are links to folders elsewhere', async () => {
    await mkdir(join(root, 'real/dbo'), { recursive: true });
    await writeFile(join(root, 'real/dbo/a'), 'abc');
    await symlink(join(root, 'real'), join(root, 'linked'));
    const linked = createLocalFileStore({ root, folders: { ...FOLDERS, incoming: 'linked' } });

    expect(await listed(linked)).toEqual(['dbo/a']);
    expect(await linked.move('incoming', file('dbo/a'), 'processed', 'dbo/a')).toBe('dbo/a');
    expect(await tree('done')).toEqual(['dbo', 'dbo/a']);
  });

  it('does not move a folder', async () => {
    await mkdir(join(root, 'in/folder'));

    await expect(store.move('incoming', file('folder'), 'processed', 'a')).rejects.toMatchObject({
      code: 'FILE_NOT_A_FILE',
    });
  });

  it('leaves no half files and no leftovers behind when a write fails', async () => {
    await mkdir(join(root, 'bad/a.reason.json'), { recursive: true });

    await expect(store.put('rejected', 'a.reason.json', '{}')).rejects.toMatchObject({
      code: 'FILE_NOT_A_FILE',
    });
    expect(await tree('bad')).toEqual(['a.reason.json']);
  });
});

describe('a move between file systems', () => {
  const refuseRename = async (): Promise<void> => {
    throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
  };
  const across = (): FileStore =>
    createLocalFileStore({ root, folders: FOLDERS, system: { rename: refuseRename } });

  it('cleans up after a crash in the middle of the copy', async () => {
    await writeFile(join(root, 'in/a'), 'abc');
    await mkdir(join(root, 'done/17'), { recursive: true });
    await writeFile(temporaryPath(join(root, 'done/17/a')), 'a');

    expect(await across().move('incoming', file('a'), 'processed', '17/a')).toBe('17/a');

    expect([await tree('in'), await tree('done')]).toEqual([[], ['17', '17/a']]);
    expect(await readFile(join(root, 'done/17/a'), 'utf8')).toBe('abc');
  });

  it('never lists a half copy', async () => {
    await writeFile(temporaryPath(join(root, 'in/a')), 'a');

    expect(await listed()).toEqual([]);
  });

  it('moves a name as long as the file system allows', async () => {
    const name = `${'x'.repeat(247)}.parquet`;
    await writeFile(join(root, 'in', name), 'abc');

    expect(await across().move('incoming', file(name), 'processed', name)).toBe(name);
    expect(await tree('done')).toEqual([name]);
  });
});
