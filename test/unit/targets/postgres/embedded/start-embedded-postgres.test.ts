import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive, readPostmaster } from '../../../../../lib/targets/postgres/embedded/postmaster-pid.ts';
import { startEmbeddedPostgres } from '../../../../../lib/targets/postgres/embedded/start-embedded-postgres.ts';
import { failure } from '../../../../contract/target-contract.ts';

const USER_SCRIPT = fileURLToPath(new URL('../../../../helpers/embedded-postgres-user.ts', import.meta.url));

describe('startEmbeddedPostgres', () => {
  let dir: string;
  let children: ChildProcess[];

  beforeEach(async () => {
    children = [];
    // Mode 700, as a clone in somebody's home has.
    dir = await realpath(await mkdtemp(join(tmpdir(), 'tidemark-embedded-')));
  });
  afterEach(async () => {
    const home = await homeOf(dir);
    for (const child of children) child.kill('SIGKILL');
    const left = await readPostmaster(join(home, 'data'));
    if (left && isAlive(left.pid)) process.kill(left.pid, 'SIGQUIT');
    await gone(left?.pid);
    await rm(home, { recursive: true, force: true });
    await rm(dir, { recursive: true, force: true });
  });

  const start = (options = {}) => startEmbeddedPostgres({ dir, fast: true, ...options });

  /** Another command that uses the same folder. */
  async function command(): Promise<{ url: string; child: ChildProcess; stop: () => Promise<unknown> }> {
    const child = spawn(process.execPath, ['--import', 'tsx', USER_SCRIPT, dir], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    const stop = () => {
      child.stdin!.write('stop\n');
      return once(child, 'exit');
    };
    return { url: line.toString().trim(), child, stop };
  }

  const serverPid = async () => (await readPostmaster(join(await homeOf(dir), 'data')))?.pid;

  it('keeps its data, and takes only its own password, on loopback only', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 42 as answer');
    const settings = await query(
      first.url,
      `select current_setting('listen_addresses') as listens, current_setting('server_encoding') as encoding,
        current_setting('TimeZone') as zone`,
    );
    const wrong = new URL(first.url);
    wrong.password = 'guess';
    const refused = await query(wrong.href, 'select 1').catch((error: { code: string }) => error.code);
    await first.stop();
    await first.stop();
    const second = await start();
    const kept = await query(second.url, 'select answer from kept');
    await second.stop();

    expect(settings).toEqual([{ listens: '127.0.0.1', encoding: 'UTF8', zone: 'UTC' }]);
    expect(refused).toBe('28P01');
    expect(kept).toEqual([{ answer: 42 }]);
    expect((await stat(join(dir, 'password'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(dir, 'postgres.log'), 'utf8')).not.toContain(new URL(first.url).password);
  });

  it('is one server for two commands that start at once, and ends with the last of them', async () => {
    const [one, two] = await Promise.all([command(), command()]);
    const pid = await serverPid();
    await one.stop();
    const still = await query(two.url, 'select 1 as one');
    await two.stop();

    expect(one.url).toBe(two.url);
    expect(still).toEqual([{ one: 1 }]);
    expect(isAlive(pid!)).toBe(false);
  });

  it('ends with its process when that gets a signal', async () => {
    const { child } = await command();
    const pid = await serverPid();
    child.kill('SIGTERM');
    const [, signal] = await once(child, 'exit');

    expect(signal).toBe('SIGTERM');
    expect(await gone(pid)).toBe(true);
  });

  it('is joined by the next command when its own was killed, and ends with that', async () => {
    const killed = await command();
    const pid = await serverPid();
    killed.child.kill('SIGKILL');
    await once(killed.child, 'exit');
    const next = await start();
    const answer = await query(next.url, 'select 1 as one');
    await next.stop();

    expect([next.url, answer]).toEqual([killed.url, [{ one: 1 }]]);
    expect(isAlive(pid!)).toBe(false);
  });

  it('starts again after the server itself was killed', async () => {
    const killed = await command();
    process.kill((await serverPid())!, 'SIGKILL');
    const next = await start();

    expect(await query(next.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await next.stop();
    killed.child.kill('SIGKILL');
  });

  it('starts although another program has got the process id of a dead server', async () => {
    await (await start()).stop();
    await writeFile(
      join(await homeOf(dir), 'data', 'postmaster.pid'),
      `${process.pid}\n/x\n1\n5432\n\n127.0.0.1\n\nready\n`,
    );
    const next = await start();

    expect(await query(next.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await next.stop();
  });

  it('says why it did not start, with the end of its log', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : 0;

    const error = await failure(start({ port }));
    taken.close();

    expect(error).toMatchObject({ kind: 'TerminalError', code: 'EMBEDDED_POSTGRES_START' });
    expect(error.message).toMatch(/postgres\.log:\n(.*\n)*.*could not bind .*127\.0\.0\.1/);
  });

  it('refuses data of another version and leaves it alone', async () => {
    await (await start()).stop();
    const version = join(await homeOf(dir), 'data', 'PG_VERSION');
    await writeFile(version, '12\n');

    expect(await failure(start())).toMatchObject({
      kind: 'TerminalError',
      code: 'EMBEDDED_POSTGRES_VERSION',
    });
    expect(await readFile(version, 'utf8')).toBe('12\n');
  });
});

/** Where the data is: elsewhere when the server's user cannot enter the folder. */
async function homeOf(dir: string): Promise<string> {
  return readFile(join(dir, 'moved-to'), 'utf8').catch(() => dir);
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** True once the process is no more; waits up to ten seconds. */
async function gone(pid: number | undefined): Promise<boolean> {
  for (let tries = 0; pid && isAlive(pid) && tries < 100; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  return !pid || !isAlive(pid);
}
