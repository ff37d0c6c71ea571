import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dataHome } from '../../../../../lib/targets/postgres/embedded/data-home.ts';
import { withLock } from '../../../../../lib/targets/postgres/embedded/dir-lock.ts';
import { prepareBinaries } from '../../../../../lib/targets/postgres/embedded/native-binaries.ts';
import { parsePostmasterPid } from '../../../../../lib/targets/postgres/embedded/postmaster-pid.ts';
import { ensureInitialised } from '../../../../../lib/targets/postgres/embedded/server-process.ts';
import { canReach, mayEnter } from '../../../../../lib/targets/postgres/embedded/run-as.ts';

/** Somebody who is neither root nor us. */
const STRANGER = { uid: 64_321, gid: 64_321 };

let room: string;
beforeEach(async () => {
  room = await mkdtemp(join(tmpdir(), 'tidemark-places-'));
  await chmod(room, 0o711);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(room, { recursive: true, force: true });
});

describe('canReach', () => {
  it('is false as soon as one folder on the way is closed', async () => {
    const inner = join(room, 'closed', 'open');
    await mkdir(inner, { recursive: true });
    await chmod(join(room, 'closed'), 0o700);

    expect([
      await canReach(room, STRANGER),
      await canReach(inner, STRANGER),
      await canReach(inner, null),
    ]).toEqual([true, false, true]);
  });

  it.each([
    [{ uid: 1, gid: 1, mode: 0o700 }, true],
    [{ uid: 1, gid: 1, mode: 0o077 }, false],
    [{ uid: 2, gid: 1, mode: 0o010 }, true],
    [{ uid: 2, gid: 1, mode: 0o707 }, false],
    [{ uid: 2, gid: 2, mode: 0o001 }, true],
    [{ uid: 2, gid: 2, mode: 0o770 }, false],
  ])('judges a folder %o for user 1 as %s', (folder, expected) => {
    expect(mayEnter(folder, { uid: 1, gid: 1 })).toBe(expected);
  });
});

describe('dataHome', () => {
  it('is the folder itself when the server can enter it', async () => {
    const dir = join(room, 'deep', 'er');
    await mkdir(dir, { recursive: true });

    expect(await dataHome(dir, STRANGER)).toBe(dir);
    expect(await readdir(dir)).toEqual([]);
  });

  it('is elsewhere when not, and the same place every time', async () => {
    const dir = join(room, 'private');
    await mkdir(dir, { mode: 0o700 });

    const home = await dataHome(dir, STRANGER);
    const again = await dataHome(dir, STRANGER);
    const reachable = await canReach(home, STRANGER);
    await rm(home, { recursive: true });
    const renewed = await dataHome(dir, STRANGER);
    await rm(renewed, { recursive: true });

    expect(home.startsWith(dir)).toBe(false);
    expect([again, reachable, renewed === home]).toEqual([home, true, false]);
    expect(await readFile(join(dir, 'moved-to'), 'utf8')).toBe(renewed);
  });
});

describe('prepareBinaries', () => {
  async function fakePackage(): Promise<{ native: string; version: string }> {
    const native = join(room, 'package', 'native');
    await mkdir(join(native, 'bin'), { recursive: true });
    await mkdir(join(native, 'lib'));
    for (const program of ['initdb', 'postgres'])
      await writeFile(join(native, 'bin', program), 'program', { mode: 0o644 });
    await writeFile(join(native, 'lib', 'libpq.so.5.18'), 'library');
    const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
    await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links));
    return { native, version: '0.0.1' };
  }

  it('adds the links and modes that an install script left out, once', async () => {
    const found = await fakePackage();
    await prepareBinaries(null, Promise.resolve(found));
    const binaries = await prepareBinaries(null, Promise.resolve(found));

    expect(binaries).toEqual({
      folder: found.native,
      version: '0.0.1',
      initdb: join(found.native, 'bin', 'initdb'),
      postgres: join(found.native, 'bin', 'postgres'),
    });
    expect(await readlink(join(found.native, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
    expect((await lstat(binaries.initdb)).mode & 0o111).toBe(0o111);
  });

  it('copies a package that the server cannot reach, and mends the copy when files are gone from it', async () => {
    const found = await fakePackage();
    await chmod(dirname(found.native), 0o700);
    vi.stubEnv('XDG_CACHE_HOME', join(room, 'cache'));

    const binaries = await prepareBinaries(STRANGER, Promise.resolve(found));
    await rm(binaries.postgres);
    await rm(join(binaries.folder, 'lib', 'libpq.so.5'));
    const again = await prepareBinaries(STRANGER, Promise.resolve(found));

    expect(again).toEqual(binaries);
    expect(binaries.folder.startsWith(join(room, 'cache', 'tidemark'))).toBe(true);
    expect(await canReach(binaries.folder, STRANGER)).toBe(true);
    expect(await readFile(binaries.postgres, 'utf8')).toBe('program');
    expect(await readFile(join(binaries.folder, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
    expect(
      (await readdir(join(room, 'cache', 'tidemark'))).filter((name) => name.startsWith('draft-')),
    ).toEqual([]);
  });

  it('never runs programs from a cache that others can write to', async () => {
    const found = await fakePackage();
    await chmod(dirname(found.native), 0o700);
    const planted = join(room, 'cache', 'tidemark');
    await mkdir(planted, { recursive: true });
    await chmod(planted, 0o777);
    vi.stubEnv('XDG_CACHE_HOME', join(room, 'cache'));
    vi.stubEnv('TMPDIR', room);

    const { folder } = await prepareBinaries(STRANGER, Promise.resolve(found));

    expect(folder.startsWith(planted)).toBe(false);
    await cp(folder, join(room, 'copied'), { recursive: true });
  });
});

describe('ensureInitialised', () => {
  it('leaves the data of another user alone', async () => {
    await mkdir(join(room, 'data'));
    await writeFile(join(room, 'data', 'PG_VERSION'), '18\n');
    const binaries = { folder: '', version: '18.4.0', initdb: '', postgres: '' };

    await expect(
      ensureInitialised({ dir: room, home: room, binaries, user: STRANGER, fast: true }),
    ).rejects.toMatchObject({ name: 'TerminalError', code: 'EMBEDDED_POSTGRES_OWNER' });
    expect(await readdir(room)).toEqual(['data']);
  });
});

describe('withLock', () => {
  it('lets one in at a time and takes over the lock of a dead process', async () => {
    const lock = join(room, 'lock');
    await writeFile(lock, '999999999 gone');
    let inside = 0;
    let most = 0;
    const work = () =>
      withLock(lock, 10_000, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside -= 1;
      });

    await Promise.all([work(), work(), work()]);

    expect(most).toBe(1);
    expect(await readdir(room)).toEqual([]);
  });

  it('gives up for now when a living process does not let go, and leaves it its lock', async () => {
    const lock = join(room, 'lock');
    await writeFile(lock, `${process.pid} somebody`);

    await expect(withLock(lock, 100, async () => {})).rejects.toMatchObject({
      name: 'TransientError',
      code: 'EMBEDDED_POSTGRES_BUSY',
    });
    expect(await readFile(lock, 'utf8')).toBe(`${process.pid} somebody`);
  });
});

describe('parsePostmasterPid', () => {
  it.each([
    ['', null],
    ['12', { pid: 12, port: null, status: 'unknown' }],
    ['12\n/d\n1700000000\n5433\n\n127.0.0.1\n  1 2\nstarting\n', { pid: 12, port: 5433, status: 'starting' }],
    ['12\n/d\n1700000000\n5433\n\n127.0.0.1\n  1 2\nready   \n', { pid: 12, port: 5433, status: 'ready' }],
    ['nonsense', null],
  ])('reads %j', (text, expected) => {
    expect(parsePostmasterPid(text)).toEqual(expected);
  });
});
