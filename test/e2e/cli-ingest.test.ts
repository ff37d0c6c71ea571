import { join } from 'node:path';
import { cp, mkdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDuckdb } from '../../lib/engines/duckdb/engine.ts';
import { createProject, type Project, SAMPLES } from './cli-process.ts';

const CONFIG = `
name: shop
tables:
  - {name: orders, keys: [order id]}
  - {name: returns, keys: [order id]}
`;

describe('tidemark ingest', { timeout: 60_000 }, () => {
  let project: Project;
  beforeEach(async () => {
    project = await createProject(CONFIG);
  });
  afterEach(() => project.remove());

  it('applies the good files, puts the bad ones aside with a reason and ends with 3', async () => {
    await project.put('files/orders_incoming', 'bad-page', 'gzip', 'wrong-null-key');
    await project.put('files/returns_incoming', 'zstd');
    const first = await project.run(['ingest', '--json']);
    const rejected = await project.run(['rejected', 'orders', '--json']);
    const second = await project.run(['ingest']);

    expect(first.code).toBe(3);
    expect(JSON.parse(first.stdout)).toMatchObject({
      tables: [
        { table: 'orders', files: 1, rows: 400, error: null, waiting: 0 },
        { table: 'returns', files: 1, rows: 400, rejected: [], error: null, waiting: 0 },
      ],
    });
    expect(await project.files('files/orders_incoming')).toEqual([]);
    expect(await project.files('files/orders_processed')).toEqual(['1/gzip.parquet']);
    const reasons = (JSON.parse(rejected.stdout).rejected as { path: string; code: string }[]).map(
      ({ path, code }) => ({ path, code }),
    );
    expect(reasons.sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: 'bad-page.parquet', code: 'PAGE_DAMAGED' },
      { path: 'wrong-null-key.parquet', code: 'NULL_KEY' },
    ]);
    expect(second.code).toBe(0);
  });

  it('sums up table by table, with the reason of each rejection below', async () => {
    await project.put('files/orders_incoming', 'gzip', 'wrong-op-letter');
    const { stdout, stderr } = await project.run(['ingest', 'orders']);

    const [head, , row, , reason] = stdout.split('\n');
    expect(head?.split(/\s+/)).toEqual(
      'table files rows opened closed unchanged stale ambiguous rejected lag'.split(' '),
    );
    expect(row?.split(/\s+/).slice(0, 9)).toEqual(['orders', '1', '400', '51', '0', '0', '0', '0', '1']);
    expect(reason).toBe('orders: rejected wrong-op-letter.parquet: UNKNOWN_OP');
    expect(stderr).toContain('orders: 2 of 2 files, 400 rows\n');
  });

  it('takes bounded batches and leaves the rest waiting', async () => {
    await project.put('files/orders_incoming', 'gzip', 'zstd', 'v1-plain');
    const { code, stdout } = await project.run([
      ...['ingest', 'orders', '--max-files', '1', '--max-batches', '2', '--json'],
    ]);

    expect(code).toBe(0);
    expect(JSON.parse(stdout).tables).toMatchObject([{ batches: 2, files: 2, waiting: 1 }]);
    expect(await project.files('files/orders_processed')).toEqual(['1/gzip.parquet', '2/v1-plain.parquet']);
  });

  it('ends with 5 while another process has the history open', async () => {
    const engine = await openDuckdb({ path: join(project.dir, 'tidemark.duckdb'), schema: 'history' });
    const { code, stderr } = await project.run(['ingest']).finally(() => engine.close());

    expect(code).toBe(5);
    expect(stderr).toMatch(/^error ENGINE_BUSY: Another process has the history database open/);
  });

  it('stops in good order at Ctrl-C, and the next run finishes', async () => {
    await mkdir(join(project.dir, 'files/orders_incoming'), { recursive: true });
    for (let n = 0; n < 60; n += 1) {
      const name = `202601${String(n).padStart(3, '0')}.parquet`;
      await cp(join(SAMPLES, 'gzip.parquet'), join(project.dir, 'files/orders_incoming', name));
    }
    const { child, ended } = project.start(['ingest', 'orders', '--max-files', '1', '--json']);
    child.stderr?.once('data', () => child.kill('SIGINT'));
    const stopped = await ended;
    const left = (await project.files('files/orders_incoming')).length;
    const finished = await project.run(['ingest', 'orders']);

    expect(stopped.code).toBe(130);
    const [report] = JSON.parse(stopped.stdout).tables as { files: number; waiting: number }[];
    expect(report).toMatchObject({ waiting: left, files: 60 - left });
    expect(left).toBeGreaterThan(0);
    expect(finished.code).toBe(0);
    expect((await project.files('files/orders_processed')).length).toBe(60);
  });
});
