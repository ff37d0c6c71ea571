import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDuckdb } from '../../lib/engines/duckdb/engine.ts';
import { createProject, type Project } from './cli-process.ts';

const CONFIG = `
name: shop
tables:
  - {name: orders, keys: [order id]}
`;
const KEY = ['--key', 'order id=9007199254740994'];

describe('looking after a history', { timeout: 60_000 }, () => {
  let project: Project;
  beforeAll(async () => {
    project = await createProject(CONFIG);
    await project.put('files/orders_incoming', 'gzip', 'wrong-op-letter');
    expect(await project.run(['ingest'])).toMatchObject({ code: 3 });
  });
  afterAll(() => project.remove());

  const setCurrent = async (current: boolean): Promise<void> => {
    const engine = await openDuckdb({ path: join(project.dir, 'tidemark.duckdb'), schema: 'main' });
    await engine.execute(`update main.orders set current = ${current} where "order id" = 9007199254740994`);
    await engine.close();
  };
  const status = async () => JSON.parse((await project.run(['status', '--json'])).stdout).tables[0];

  it('releases the named file only, and the next ingest judges it again', async () => {
    const unknown = await project.run(['release', 'orders', 'other.parquet']);
    const released = await project.run(['release', 'orders', 'wrong-op-letter.parquet']);
    const waiting = await project.files('files/orders_incoming');
    const planned = await project.run(['plan', '--json']);
    const again = await project.run(['ingest']);

    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(released).toMatchObject({ code: 0, stdout: 'wrong-op-letter.parquet\n' });
    expect(waiting).toEqual(['wrong-op-letter.parquet']);
    expect(JSON.parse(planned.stdout).tables).toMatchObject([
      { table: 'orders', waiting: 1, batches: [{ id: '2', kind: 'merge', rows: 400 }] },
    ]);
    expect(again.code).toBe(3);
  });

  it('verify ends with 0 on a healthy history and with 6 on a broken one', async () => {
    const healthy = await project.run(['verify', '--json']);
    await setCurrent(false);
    const broken = await project.run(['verify']);
    await setCurrent(true);

    expect(healthy.code).toBe(0);
    expect(JSON.parse(healthy.stdout).tables).toMatchObject([{ table: 'orders', healthy: true }]);
    expect(broken.code).toBe(6);
    expect(broken.stdout).toMatch(/^orders +CURRENT_IS_OPEN +1 broken +/m);
  });

  it('rebuilds the same history from the processed files', async () => {
    const before = await project.run(['history', 'orders', '--format', 'csv']);
    const rebuilt = await project.run(['rebuild', 'orders']);
    const after = await project.run(['history', 'orders', '--format', 'csv']);

    expect(rebuilt).toMatchObject({ code: 0, stdout: 'orders: rebuilt from 1 file in 1 batch, 400 rows\n' });
    expect(after).toEqual(before);
  });

  it('begins a reload, refuses to complete it unseen, and calls it off', async () => {
    const begun = await project.run(['reload', 'orders']);
    const during = await status();
    const early = await project.run(['reload', 'orders', '--complete']);
    const off = await project.run(['reload', 'orders', '--cancel']);
    const both = await project.run(['reload', 'orders', '--cancel', '--complete']);

    expect(begun).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^orders: reload 1 begins at \d{4}-/),
    });
    expect(during.reload).toMatchObject({ generation: 1, status: 'requested' });
    expect(early).toMatchObject({ code: 4, stderr: expect.stringMatching(/^error RELOAD_EMPTY: /) });
    expect(off).toMatchObject({ code: 0, stdout: 'orders: reload 1 is called off; nothing was closed\n' });
    expect(both).toMatchObject({ code: 2, stderr: expect.stringMatching(/^error USAGE: /) });
  });

  it('says that nobody has a table, and takes it from nobody', async () => {
    const shown = await project.run(['unlock', 'orders']);
    const json = await project.run(['unlock', 'orders', '--claim', '1', '--json']);
    const wrong = await project.run(['unlock', 'orders', '--claim', 'all']);

    expect(shown).toEqual({ code: 0, signal: null, stdout: 'orders: nobody has it\n', stderr: '' });
    expect(JSON.parse(json.stdout)).toEqual({ table: 'orders', holder: null, unlocked: false });
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error USAGE: .*number of a claim/),
    });
  });

  it('erases a key only when told twice, and says which files still hold it', async () => {
    const refused = await project.run(['erase', 'orders', ...KEY]);
    const erased = await project.run(['erase', 'orders', ...KEY, '--yes']);
    const left = await project.run(['history', 'orders', ...KEY, '--format', 'ndjson']);

    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^error CONFIRMATION_NEEDED: /);
    expect(erased.code).toBe(0);
    expect(erased.stdout.split('\n').filter((line) => line !== '')).toEqual([
      'orders: 1 row erased from the history',
      expect.stringMatching(/^processed\/1\/gzip\.parquet still holds \d+ rows of this key$/),
      expect.stringMatching(/^rejected\/wrong-op-letter\.parquet still holds \d+ rows of this key$/),
    ]);
    expect(left.stdout).toBe('');
  });
});
