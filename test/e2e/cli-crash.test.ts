import { execFile } from 'node:child_process';
import { chmod, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProject, PROGRAM, type Project } from './cli-process.ts';

const CONFIG = `
name: shop
tables:
  - {name: orders, keys: [order id], history: every-change}
`;
const PLACES = ['files/orders_incoming', 'files/orders_processed', 'files/orders_rejected'];

async function createWaiting(): Promise<Project> {
  const project = await createProject(CONFIG);
  await project.put('files/orders_incoming', 'gzip', 'evolve-new-column', 'wrong-op-letter');
  return project;
}

/** Everything a run leaves behind, but for moments and made-up ids. */
async function outcome(project: Project) {
  const [history, status] = await Promise.all([
    project.run(['history', 'orders', '--format', 'ndjson']),
    project.run(['status', '--json']),
  ]);
  const [{ lagSeconds: _lag, historyId: _id, lastBatch, ...table }] = JSON.parse(status.stdout).tables;
  return {
    history: history.stdout,
    status: { ...table, lastBatch: { ...lastBatch, at: null } },
    files: await Promise.all(PLACES.map((place) => project.files(place))),
  };
}

/** Runs an ingest that finds no room for more than so much in any file. */
async function runWithFilesUpTo(dir: string, kilobytes: number): Promise<{ code: unknown; stderr: string }> {
  const command = `ulimit -f ${kilobytes}; exec "$0" "$1" ingest`;
  const ended = promisify(execFile)('bash', ['-c', command, process.execPath, PROGRAM], { cwd: dir });
  return await ended.then(
    ({ stderr }) => ({ code: 0, stderr }),
    ({ code, stderr }: { code: unknown; stderr: string }) => ({ code, stderr }),
  );
}

/** A folder that refuses writes, whoever asks: chmod alone does not stop root. Returns how to mend that. */
async function makeReadOnly(path: string): Promise<() => Promise<void>> {
  if (process.getuid?.() !== 0) {
    await mkdir(path, { recursive: true, mode: 0o555 });
    return () => chmod(path, 0o755);
  }
  await symlink('/sys', path);
  return () => rm(path);
}

describe('row 16: a process killed in the middle of an ingest', { timeout: 60_000 }, () => {
  let clean: Awaited<ReturnType<typeof outcome>>;
  beforeAll(async () => {
    const project = await createWaiting();
    expect(await project.run(['ingest'])).toMatchObject({ code: 3 });
    clean = await outcome(project);
    await project.remove();
  });

  const crashed: Project[] = [];
  afterAll(() => Promise.all(crashed.map((project) => project.remove())));

  it.each([['ingest.merged'], ['ingest.applied'], ['ingest.moved-one']])(
    'at %s leaves nothing that the next run does not put right',
    async (point) => {
      const project = await createWaiting();
      crashed.push(project);
      const killed = await project.run(['ingest'], { TIDEMARK_FAULT: point });
      const left = await project.files('files/orders_incoming');
      const again = await project.run(['ingest']);

      expect(killed).toMatchObject({ code: null, signal: 'SIGKILL', stdout: '' });
      expect(left).toContain('wrong-op-letter.parquet');
      expect(again.code).toBe(3);
      expect(clean.status).toMatchObject({ waiting: 0, rejected: 1, startedBatch: null });
      expect(await outcome(project)).toEqual(clean);
    },
  );

  it('or to which the disk was full for a while, leaves nothing that the next run does not put right', async () => {
    const project = await createWaiting();
    crashed.push(project);
    const withRoomFor = (kilobytes: number) => runWithFilesUpTo(project.dir, kilobytes);
    const stump = await withRoomFor(4);
    const afterStump = await project.files('.');
    const half = await withRoomFor(64);
    const left = await project.files('files/orders_incoming');
    const again = await project.run(['ingest']);

    expect([stump.code, half.code]).toEqual([4, 4]);
    expect(`${stump.stderr}${half.stderr}`).toContain('File too large');
    expect(afterStump.filter((file) => file.includes('duckdb'))).toEqual([]);
    expect(left).toHaveLength(3);
    expect(again.code).toBe(3);
    expect(await outcome(project)).toEqual(clean);
  });

  it('or that may not write to a folder, says which, and leaves nothing that the next run does not put right', async () => {
    const project = await createWaiting();
    crashed.push(project);
    const [, processed, rejected] = PLACES.map((place) => join(project.dir, place)) as [
      string,
      string,
      string,
    ];
    const mendProcessed = await makeReadOnly(processed);
    const mendRejected = await makeReadOnly(rejected);
    const waiting = await project.files('files/orders_incoming');

    const first = await project.run(['ingest']);
    const left = await project.files('files/orders_incoming');
    await mendProcessed();
    const second = await project.run(['ingest']);
    await mendRejected();
    const again = await project.run(['ingest']);

    expect([first.code, second.code, again.code]).toEqual([4, 4, 3]);
    expect(first.stdout + first.stderr).toContain('FILE_ACCESS_DENIED');
    expect(first.stdout + first.stderr).toContain(`${processed}/`);
    expect(second.stdout + second.stderr).toContain(`${rejected}/`);
    expect(left).toEqual(waiting);
    expect(await outcome(project)).toEqual(clean);
  });

  it('refuses a fault that is none', async () => {
    const project = await createProject(CONFIG);
    crashed.push(project);
    const { code, stderr } = await project.run(['ingest'], { TIDEMARK_FAULT: 'ingest.merged:0' });

    expect(code).toBe(2);
    expect(stderr).toMatch(/^error FAULT_INVALID: /);
  });
});
