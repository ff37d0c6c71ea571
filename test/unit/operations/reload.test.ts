import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { releaseFiles } from '../../../lib/operations/release.ts';
import { cancelReload, completeReload, startReload } from '../../../lib/operations/reload.ts';
import { verifyTable } from '../../../lib/operations/verify.ts';
import { cdcFileName, change, loadFileName } from '../../helpers/change-files.ts';
import { CUSTOMER, drainLakes, Killed, type Lake, openLake, pick } from './lake.ts';

afterEach(drainLakes);

const MODES = ['last-change', 'every-change'] as const;

/** Customers 1, 2 and 3, of which a reload shows 1 as it was and 2 changed, but 3 no more. */
async function openReloaded(settings: string): Promise<Lake & { instant: string }> {
  const lake = await openLake(settings);
  await lake.write(loadFileName(1), [
    change({ op: 'I', at: '10:00', id: 1, name: 'Ann' }),
    change({ op: 'I', at: '10:00', id: 2, name: 'Bob' }),
    change({ op: 'I', at: '10:00', id: 3, name: 'Cyd' }),
  ]);
  await lake.ingest();
  const { instant } = await startReload(lake.ws, lake.table);
  await lake.write(loadFileName(1), [
    change({ op: 'I', at: '10:00', id: 1, name: 'Ann' }),
    change({ op: 'I', at: '10:00', id: 2, name: 'Bea' }),
  ]);
  await lake.ingest();
  return Object.assign(lake, { instant });
}

describe.each(MODES)('a reload, %s', (history) => {
  const settings = `keys: [id]\nhistory: ${history}`;

  it('closes at its instant the rows that it did not show, and opens none for those it confirmed', async () => {
    const lake = await openReloaded(settings);

    const completed = await completeReload(lake.ws, lake.table, { rows: 2 });

    const { instant } = lake;
    expect(completed).toEqual({ generation: 1, instant, rows: 2, closed: 1 });
    const first = '2024-05-01T10:00:00.000000Z';
    expect(
      pick(
        await lake.history(),
        'id',
        'name',
        'current',
        'effective_date',
        'end_date',
        'end_seq',
        'batch_id',
      ),
    ).toEqual([
      ['1', 'Ann', 'true', first, null, null, '1'],
      ['2', 'Bob', 'false', first, instant, '', '2'],
      ['2', 'Bea', 'true', instant, null, null, '2'],
      ['3', 'Cyd', 'false', first, instant, '', '3'],
    ]);
    expect(await lake.ws.ledger.generations('customer')).toEqual([
      { generation: 1, instant, status: 'completed' },
    ]);
    expect((await lake.ws.ledger.batches('customer')).at(-1)).toMatchObject({
      batchId: 3n,
      kind: 'reload-close',
      files: 0,
      reloadInstant: instant,
    });
    expect(await verifyTable(lake.ws, lake.table)).toMatchObject({ healthy: true });
  });

  it('closes nothing under "reload: changes"', async () => {
    const lake = await openReloaded(`${settings}\nreload: changes`);

    expect(await completeReload(lake.ws, lake.table)).toMatchObject({ rows: 2, closed: 0 });

    expect(pick(await lake.current(), 'id', 'name')).toEqual([
      ['1', 'Ann'],
      ['2', 'Bea'],
      ['3', 'Cyd'],
    ]);
  });

  it('spares a row that a change has touched after the instant', async () => {
    const lake = await openReloaded(settings);
    await lake.write(cdcFileName(1), [
      change({ op: 'U', at: '2999-01-01 00:00:00.000000', seq: 1, id: 3, name: 'Cyd' }),
    ]);
    await lake.ingest();

    expect(await completeReload(lake.ws, lake.table)).toMatchObject({ closed: 0 });
  });

  it('spares a row that it confirmed, though late changes from before it came after', async () => {
    const lake = await openReloaded(settings);
    await lake.write(cdcFileName(1), [
      change({ op: 'U', at: '11:00', seq: 1, id: 1, name: 'Eve' }),
      change({ op: 'U', at: '12:00', seq: 2, id: 1, name: 'Ann' }),
    ]);
    await lake.ingest();

    expect(await completeReload(lake.ws, lake.table)).toMatchObject({ closed: 1 });
    expect(pick(await lake.current(), 'id', 'name')).toEqual([
      ['1', 'Ann'],
      ['2', 'Bea'],
    ]);
  });

  it('goes on after completion: a late delete adds nothing, a new insert opens', async () => {
    const lake = await openReloaded(settings);
    await completeReload(lake.ws, lake.table);
    await lake.write(cdcFileName(1), [
      change({ op: 'D', at: '2999-01-01 00:00:00.000000', seq: 1, id: 3 }),
      change({ op: 'I', at: '2999-01-02 00:00:00.000000', seq: 2, id: 3, name: 'Cy' }),
    ]);
    await lake.ingest();

    expect(pick(await lake.current(), 'id', 'name').at(-1)).toEqual(['3', 'Cy']);
    expect(await verifyTable(lake.ws, lake.table)).toMatchObject({ healthy: true });
  });

  it('ends the same when it is killed at any point and run again', async () => {
    const points = ['reload.begun', 'reload.closed', 'reload.before-commit'];
    for (const point of points) {
      const lake = await openReloaded(settings);
      const before = await lake.history();
      lake.killAt(point);
      await expect(completeReload(lake.ws, lake.table)).rejects.toThrow(Killed);
      await lake.reopen();
      expect(await lake.history()).toEqual(before);

      expect(await completeReload(lake.ws, lake.table)).toMatchObject({ rows: 2, closed: 1 });

      expect((await lake.ws.ledger.batches('customer')).map((b) => b.kind)).toEqual([
        'first-load',
        'merge',
        'reload-close',
      ]);
    }
  });

  it('is complete when it is killed after its commit, and a second completion changes nothing', async () => {
    const lake = await openReloaded(settings);
    lake.killAt('reload.completed');
    await expect(completeReload(lake.ws, lake.table)).rejects.toThrow(Killed);
    await lake.reopen();
    const after = await lake.history();

    await expect(completeReload(lake.ws, lake.table)).rejects.toMatchObject({
      code: 'RELOAD_NOT_OPEN',
      message: expect.stringContaining('reload 1 is completed'),
    });

    expect(await lake.history()).toEqual(after);
    expect(pick(after, 'id', 'current').filter(([, current]) => current === 'true').length).toBe(2);
  });
});

describe('completeReload', () => {
  it('closes every row of composite keys with hostile names when zero rows are said', async () => {
    const lake = await openLake("keys: ['k\"1', current_date]\nhistory: every-change", 'od"d ta\'ble');
    const columns = [
      { name: 'k"1', type: { kind: 'string' } },
      { name: 'current_date', type: { kind: 'int', bits: 32 } },
    ] as const;
    await lake.write(loadFileName(1), [change({ op: 'I', at: '10:00', 'k"1': "'", current_date: 1 })], {
      columns,
    });
    await lake.ingest();
    await startReload(lake.ws, lake.table);

    await expect(completeReload(lake.ws, lake.table)).rejects.toMatchObject({
      code: 'RELOAD_EMPTY',
      message: expect.stringContaining('--rows 0'),
    });
    expect(await completeReload(lake.ws, lake.table, { rows: 0 })).toMatchObject({ rows: 0, closed: 1 });

    expect(await lake.current()).toEqual([]);
  });

  it('completes a reload of a table without a history', async () => {
    const lake = await openLake();
    await startReload(lake.ws, lake.table);

    expect(await completeReload(lake.ws, lake.table, { rows: 0 })).toMatchObject({ rows: 0, closed: 0 });
  });

  it('refuses when none is open, and says how to begin one', async () => {
    const lake = await openLake();

    await expect(completeReload(lake.ws, lake.table)).rejects.toMatchObject({
      code: 'RELOAD_NOT_OPEN',
      message: 'Table customer: no reload is open. Begin one with: tidemark reload customer',
    });
  });

  it('refuses when the rows read are not those that were sent', async () => {
    const lake = await openReloaded('keys: [id]');

    await expect(completeReload(lake.ws, lake.table, { rows: 3 })).rejects.toMatchObject({
      code: 'RELOAD_ROWS_DIFFER',
      message: expect.stringContaining('sent 3 rows but 2 were read'),
    });
  });

  it('refuses while a file of it waits', async () => {
    const lake = await openReloaded('keys: [id]');
    await lake.write(loadFileName(2), [change({ op: 'I', at: '10:00', id: 3, name: 'Cyd' })]);

    await expect(completeReload(lake.ws, lake.table)).rejects.toMatchObject({
      code: 'RELOAD_WAITING',
      message: expect.stringContaining('LOAD00000002.parquet'),
    });
  });

  it('refuses while a batch is started, for its id is older', async () => {
    const lake = await openReloaded('keys: [id]');
    await lake.write(cdcFileName(1), [change({ op: 'I', at: '10:00', seq: 1, id: 9, name: 'Zoe' })]);
    lake.killAt('ingest.started');
    await expect(lake.ingest()).rejects.toThrow();

    await expect(completeReload(lake.ws, lake.table)).rejects.toMatchObject({ code: 'RELOAD_BATCH_STARTED' });
  });

  it('refuses while a file of it is rejected, even after somebody removed that file, until it is released and read', async () => {
    const frozen = 'keys: [id]\nschemaEvolution: frozen';
    const lake = await openReloaded(frozen);
    const columns = [...CUSTOMER, { name: 'city', type: { kind: 'string' } }] as const;
    const third = [change({ op: 'I', at: '10:00', id: 3, name: 'Cyd', city: 'Oslo' })];
    await lake.write(loadFileName(2), third, { columns });
    await lake.ingest();
    const refused = { code: 'RELOAD_REJECTED', message: expect.stringContaining('LOAD00000002.parquet') };
    await expect(completeReload(lake.ws, lake.table)).rejects.toMatchObject(refused);

    await lake.reopen('keys: [id]');
    await releaseFiles(lake.ws, lake.table);
    await rm(join(lake.store.location('incoming'), loadFileName(2)));
    await expect(completeReload(lake.ws, lake.table)).rejects.toMatchObject(refused);
    await lake.write(loadFileName(2), third, { columns });
    await lake.ingest();

    expect(await completeReload(lake.ws, lake.table, { rows: 3 })).toMatchObject({ closed: 0 });
  });

  it('refuses while a file of it was put aside by hand', async () => {
    const lake = await openReloaded('keys: [id]');
    await lake.put('rejected', loadFileName(7), 'not read');

    await expect(completeReload(lake.ws, lake.table)).rejects.toMatchObject({
      code: 'RELOAD_REJECTED',
      message: expect.stringContaining('LOAD00000007.parquet'),
    });
  });
});

describe('startReload', () => {
  it('refuses while one is open, with both ways out', async () => {
    const lake = await openLake();
    const first = await startReload(lake.ws, lake.table);

    await expect(startReload(lake.ws, lake.table)).rejects.toMatchObject({
      code: 'RELOAD_OPEN',
      message: expect.stringMatching(/--complete, or --cancel/),
    });
    expect(await lake.ws.ledger.generations('customer')).toEqual([first]);
  });

  it('counts on, and a file that waited before it stays in the load it came with', async () => {
    const lake = await openLake();
    await lake.write(loadFileName(1), [change({ op: 'I', at: '10:00', id: 1, name: 'Ann' })]);
    await startReload(lake.ws, lake.table);
    await cancelReload(lake.ws, lake.table);
    const second = await startReload(lake.ws, lake.table);
    await lake.write(loadFileName(2), [change({ op: 'I', at: '10:00', id: 2, name: 'Bob' })]);
    await lake.ingest();

    expect(second).toMatchObject({ generation: 2, status: 'requested' });
    const applied = await lake.ws.ledger.allApplied('customer');
    expect(applied.map(({ path, generation }) => [path, generation]).sort()).toEqual([
      ['LOAD00000001.parquet', 0],
      ['LOAD00000002.parquet', 2],
    ]);
  });
});

describe('cancelReload', () => {
  it('closes nothing, keeps what was read, and lets another begin', async () => {
    const lake = await openReloaded('keys: [id]');

    expect(await cancelReload(lake.ws, lake.table)).toMatchObject({ generation: 1, status: 'cancelled' });

    expect(pick(await lake.current(), 'id', 'name')).toEqual([
      ['1', 'Ann'],
      ['2', 'Bea'],
      ['3', 'Cyd'],
    ]);
    await expect(cancelReload(lake.ws, lake.table)).rejects.toMatchObject({
      code: 'RELOAD_NOT_OPEN',
      message: expect.stringContaining('reload 1 is cancelled'),
    });
    expect(await startReload(lake.ws, lake.table)).toMatchObject({ generation: 2 });
  });
});
