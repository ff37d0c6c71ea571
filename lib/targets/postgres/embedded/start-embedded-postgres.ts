import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { TerminalError } from '../../../errors.ts';
import { dataHome } from './data-home.ts';
import { withLock } from './dir-lock.ts';
import { endWithProcess } from './end-with-process.ts';
import { prepareBinaries } from './native-binaries.ts';
import { isAlive, mayBePostgres, type Postmaster, readPostmaster } from './postmaster-pid.ts';
import { serverUser } from './run-as.ts';
import {
  dataDir,
  ensureInitialised,
  readPassword,
  requestStop,
  SUPERUSER,
  type ServerPlace,
  startServer,
  stopServer,
} from './server-process.ts';
import { registerUser } from './server-users.ts';

export interface EmbeddedPostgresOptions {
  /** Folder for data, password and log; made if missing. */
  readonly dir: string;
  /** @default a free one */
  readonly port?: number;
  /** Do not wait for the disk. Loses data when the machine stops. @default false */
  readonly fast?: boolean;
  /** Server settings by name, for a server that is started; one that runs is joined as it is. @default none */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What a server needs whose own log is to be decoded. */
export const LOGICAL_LOG: Readonly<Record<string, string>> = { wal_level: 'logical' };

export interface EmbeddedPostgres {
  /** Connection URL of the superuser, password included, database `postgres`. */
  readonly url: string;
  /** Ends the use; the last user of the server ends the server. Safe to call twice. */
  stop(): Promise<void>;
}

const LOCK_WAIT_MS = 120_000;
const JOIN_WAIT_MS = 30_000;

/**
 * Runs a real Postgres server on 127.0.0.1 for as long as it is used. A server already running in `dir` (of another
 * command, or left over after a kill) is joined; whoever uses it last stops it, at the latest when its process ends.
 * Works for root by running the server as an unprivileged user.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const user = serverUser();
  const binaries = await prepareBinaries(user);
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true });
  return withLock(join(dir, 'lock'), LOCK_WAIT_MS, async () => {
    // Inside the lock: two commands that start at once would each make a home of their own.
    const home = await dataHome(dir, user);
    const { fast = false, settings = {} } = options;
    const place: ServerPlace = { dir, home, binaries, user, fast, settings };
    await ensureInitialised(place);
    const password = await readPassword(place);
    const running = (await joinRunning(place, password)) ?? (await startFresh(place, options.port));
    const leave = await registerUser(dir);
    const forget = endWithProcess(() => {
      if (!leave().othersLeft) requestStop(running.pid);
    });
    const stop = () =>
      withLock(join(dir, 'lock'), LOCK_WAIT_MS, async () => {
        if (!leave().othersLeft) await stopServer(running.pid);
      });
    let stopped: Promise<void> | undefined;
    return {
      url: serverUrl(running.port, password),
      stop: () => {
        forget();
        stopped ??= stop();
        return stopped;
      },
    };
  });
}

const serverUrl = (port: number, password: string) =>
  `postgres://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;

/** The live server of this place once it takes connections; null when there is none (a dead one's mark is removed). */
async function joinRunning(
  place: ServerPlace,
  password: string,
): Promise<{ pid: number; port: number } | null> {
  let seen: Postmaster | null = null;
  for (const deadline = Date.now() + JOIN_WAIT_MS; Date.now() < deadline; await sleep(100)) {
    seen = await readPostmaster(dataDir(place));
    if (!seen) return null;
    if (!isAlive(seen.pid) || !(await mayBePostgres(seen.pid))) {
      await rm(join(dataDir(place), 'postmaster.pid'), { force: true });
      return null;
    }
    if (seen.status === 'ready' && seen.port && (await answers(serverUrl(seen.port, password)))) {
      return { pid: seen.pid, port: seen.port };
    }
  }
  throw new TerminalError(
    'EMBEDDED_POSTGRES_STUCK',
    `A server with process id ${seen?.pid} holds ${dataDir(place)} but does not answer on port ${seen?.port}. ` +
      `End that process and try again; its log is ${join(place.dir, 'postgres.log')}.`,
  );
}

async function startFresh(place: ServerPlace, port?: number): Promise<{ pid: number; port: number }> {
  if (port !== undefined) return { pid: await startServer(place, port), port };
  for (let attempt = 1; ; attempt += 1) {
    const free = await freePort();
    try {
      return { pid: await startServer(place, free), port: free };
    } catch (error) {
      // Another program may have taken the free port in between.
      if (attempt === 3 || !/could not bind/.test(String(error))) throw error;
    }
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  return client.connect().then(
    async () => {
      await client.end();
      return true;
    },
    () => false,
  );
}

function freePort(): Promise<number> {
  return new Promise((settle, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => settle(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
