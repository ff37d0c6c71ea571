import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createDatabricksRest } from '../../lib/engines/databricks/rest.ts';
import type { FileStore, StoredFile } from '../../lib/ports.ts';
import { createVolumeFileStore } from '../../lib/storage/volume/volume-file-store.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';

const VOLUMES = '/Volumes/spark_catalog/crm';
const FOLDERS = { incoming: 'in', processed: 'done', rejected: 'bad' };

describeWithWarehouse('the Files API of the warehouse bench', (warehouse) => {
  const open = (token: string): FileStore => {
    const { host, port, ca } = warehouse();
    const rest = createDatabricksRest({ host, port, ca }, { kind: 'token', token });
    return createVolumeFileStore({ rest, volumes: VOLUMES, folders: FOLDERS });
  };
  const file = (path: string, size: number): StoredFile => ({ path, size, version: '', arrivedAt: '' });
  const fresh = async (name: string): Promise<string> => {
    const folder = join(warehouse().dir, name);
    await mkdir(join(folder, 'in'), { recursive: true });
    warehouse().files.mount(VOLUMES, folder);
    return folder;
  };
  const paths = async (store: FileStore): Promise<string[]> => {
    const found: string[] = [];
    for await (const { path } of store.list('incoming')) found.push(path);
    return found;
  };

  it('shows, moves and writes files of a mounted folder, over TLS', async () => {
    const folder = await fresh('volumes');
    await writeFile(join(folder, 'in/a #1.parquet'), 'abc');
    const store = open(warehouse().token);

    expect(await paths(store)).toEqual(['a #1.parquet']);
    const known = await store.identify('incoming', file('a #1.parquet', 3));
    expect(await store.move('incoming', known, 'processed', '1/a #1.parquet')).toBe('1/a #1.parquet');
    await store.put('rejected', 'a.reason.json', '{}');
    expect([await paths(store), await store.read('rejected', 'a.reason.json')]).toEqual([[], '{}']);
  });

  it('streams a file of several blocks, and nothing of one that turns out another', async () => {
    const folder = await fresh('large');
    const content = randomBytes(20 * 1024 * 1024);
    await writeFile(join(folder, 'in/a'), content);
    const store = open(warehouse().token);
    const known = await store.identify('incoming', file('a', content.length));

    await store.move('incoming', known, 'processed', 'a');
    expect((await readFile(join(folder, 'done/a'))).equals(content)).toBe(true);

    content[content.length - 1]! ^= 1;
    await writeFile(join(folder, 'in/a'), content);
    await expect(store.move('incoming', known, 'processed', 'b')).rejects.toMatchObject({
      code: 'FILE_CHANGED',
    });
    expect(await store.read('processed', 'b')).toBeNull();
    expect(await paths(store)).toEqual(['a']);
  });

  it('lets nobody in without a valid token', async () => {
    await fresh('closed');

    await expect(paths(open('wrong'))).rejects.toMatchObject({ code: 'FILE_ACCESS_DENIED' });
    await expect(open(warehouse().access.grant()).read('incoming', 'a')).resolves.toBeNull();
  });

  it('fails calls on demand, by name and path', async () => {
    const folder = await fresh('faulty');
    await writeFile(join(folder, 'in/a'), 'abc');
    const store = open(warehouse().token);
    const { faults } = warehouse();

    faults.failNext('ListDirectory', { httpStatus: 503, retryAfterSeconds: 2 });
    await expect(paths(store)).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      context: { retryAfterMs: 2_000 },
    });
    faults.failNext('GetFile', { dropConnection: true }, { sql: /in\/a$/ });
    expect(await store.read('rejected', 'b')).toBeNull();
    await expect(store.read('incoming', 'a')).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    faults.failNext('PutFile', { dropReply: true });
    await expect(store.put('rejected', 'b', 'x')).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(await store.read('rejected', 'b')).toBe('x');
    faults.failNext('DeleteFile', { httpStatus: 429 });
    await expect(store.remove('rejected', 'b')).rejects.toMatchObject({ code: 'STORAGE_THROTTLED' });
    expect(await store.read('rejected', 'b')).toBe('x');
  });
});
