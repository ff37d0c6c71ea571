import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { listRejected } from '../../../lib/operations/rejected.ts';
import { releaseFiles } from '../../../lib/operations/release.ts';
import { startReload } from '../../../lib/operations/reload.ts';
import { cdcFileName, change, loadFileName } from '../../helpers/change-files.ts';
import { CUSTOMER, drainLakes, Killed, type Lake, openLake, pick } from './lake.ts';

afterEach(drainLakes);

const FROZEN = 'keys: [id]\nschemaEvolution: frozen';
const EVOLVE = 'keys: [id]\nschemaEvolution: evolve';
const WIDER = [...CUSTOMER, { name: 'city', type: { kind: 'string' } }] as const;
const BAD = `sub dir/${cdcFileName(2)}`;

/** A lake that rejected one good file, for it has a column too many for a frozen schema. */
async function openWithRejected(): Promise<Lake> {
  const lake = await openLake(FROZEN);
  await lake.write(cdcFileName(1), [change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' })]);
  await lake.ingest();
  await lake.write(BAD, [change({ op: 'I', at: '11:00', seq: 2, id: 2, name: 'Bob', city: 'Rome' })], {
    columns: WIDER,
  });
  await lake.ingest();
  expect(await lake.paths('rejected')).toEqual([BAD, `${BAD}.reason.json`]);
  return lake;
}

describe('listRejected', () => {
  it('tells of each file why and when it was rejected', async () => {
    const lake = await openWithRejected();

    expect(await listRejected(lake.ws, lake.table)).toEqual([
      {
        path: BAD,
        size: expect.any(Number),
        code: 'SCHEMA_FROZEN',
        message: expect.stringContaining('has a new column "city"'),
        rejectedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        releasable: true,
      },
    ]);
  });

  it.each([
    ['is missing', (lake: Lake) => rm(join(lake.store.location('rejected'), `${BAD}.reason.json`))],
    ['is half written', (lake: Lake) => lake.put('rejected', `${BAD}.reason.json`, '{"code": "SCH')],
    ['is something else', (lake: Lake) => lake.put('rejected', `${BAD}.reason.json`, '[]')],
  ])('asks the ledger when the reason file %s', async (_, damage) => {
    const lake = await openWithRejected();
    const [before] = await listRejected(lake.ws, lake.table);

    await damage(lake);

    expect(await listRejected(lake.ws, lake.table)).toEqual([
      { ...before, rejectedAt: expect.stringMatching(/^\d{4}-.*Z$/) },
    ]);
  });

  it('lists a file that a person put there, as unknown', async () => {
    const lake = await openLake();
    await lake.put('rejected', 'put here.parquet', 'x');

    expect(await listRejected(lake.ws, lake.table)).toEqual([
      {
        path: 'put here.parquet',
        size: 1,
        code: 'UNKNOWN',
        message: expect.stringContaining('put here.parquet'),
        rejectedAt: null,
        releasable: true,
      },
    ]);
  });

  it('lists nothing where nothing was ever rejected', async () => {
    const lake = await openLake();

    expect(await listRejected(lake.ws, lake.table)).toEqual([]);
  });
});

describe('releaseFiles', () => {
  it('puts a file back where it waited, and the next ingest applies it', async () => {
    const lake = await openWithRejected();
    await lake.reopen(EVOLVE);

    expect(await releaseFiles(lake.ws, lake.table)).toEqual([{ path: BAD, releasedTo: BAD }]);

    expect(await lake.paths('rejected')).toEqual([]);
    expect(await lake.paths('incoming')).toEqual([BAD]);
    await lake.ingest();
    expect(pick(await lake.current(), 'id', 'name', 'city')).toEqual([
      ['1', 'Ann', null],
      ['2', 'Bob', 'Rome'],
    ]);
  });

  it('takes the named files only, each once', async () => {
    const lake = await openWithRejected();
    await lake.put('rejected', 'b.parquet', 'b');

    expect(await releaseFiles(lake.ws, lake.table, ['b.parquet', 'b.parquet'])).toEqual([
      { path: 'b.parquet', releasedTo: 'b.parquet' },
    ]);
    expect(await lake.paths('rejected')).toEqual([BAD, `${BAD}.reason.json`]);
    expect(await releaseFiles(lake.ws, lake.table, [])).toEqual([]);
  });

  it('moves nothing when one name is not there, and lists those that are', async () => {
    const lake = await openWithRejected();

    await expect(releaseFiles(lake.ws, lake.table, [BAD, 'nope.parquet'])).rejects.toMatchObject({
      code: 'NOT_REJECTED',
      message: `Table customer: nope.parquet is not in the rejected folder. Rejected are: ${BAD}.`,
    });
    expect(await lake.paths('incoming')).toEqual([]);
  });

  it('never replaces a different file that waits under the name meanwhile', async () => {
    const lake = await openWithRejected();
    await lake.reopen(EVOLVE);
    await lake.write(BAD, [change({ op: 'I', at: '12:00', seq: 3, id: 3, name: 'Cyd' })]);

    const [released] = await releaseFiles(lake.ws, lake.table);

    expect(released).toEqual({ path: BAD, releasedTo: BAD.replace('.parquet', '~2.parquet') });
    await lake.ingest();
    expect(pick(await lake.current(), 'id')).toEqual([['1'], ['2'], ['3']]);
  });

  it('puts a file that got another name in the rejected folder back under its own', async () => {
    const lake = await openWithRejected();
    await lake.write(BAD, [change({ op: 'I', at: '12:00', seq: 3, id: 3, name: 'Cyd', city: 'Oslo' })], {
      columns: WIDER,
    });
    await lake.ingest();
    const second = BAD.replace('.parquet', '~2.parquet');
    expect((await listRejected(lake.ws, lake.table)).map((entry) => entry.path)).toEqual([BAD, second]);
    await rm(join(lake.store.location('rejected'), `${second}.reason.json`));

    expect(await releaseFiles(lake.ws, lake.table, [second])).toEqual([{ path: second, releasedTo: BAD }]);
  });

  it('leaves a full-load file in the load it was rejected in, whatever was begun since and whatever its new name', async () => {
    const lake = await openLake(FROZEN);
    await lake.write(loadFileName(1), [change({ op: 'I', at: '10:00', id: 1, name: 'Ann' })]);
    await lake.ingest();
    await lake.write(loadFileName(2), [change({ op: 'I', at: '10:00', id: 2, name: 'Bob', city: 'Rome' })], {
      columns: WIDER,
    });
    await lake.ingest();
    await lake.reopen(EVOLVE);
    await startReload(lake.ws, lake.table);
    await lake.write(loadFileName(2), [change({ op: 'I', at: '10:00', id: 3, name: 'Cyd' })]);

    await releaseFiles(lake.ws, lake.table);
    await lake.ingest();

    const applied = await lake.ws.ledger.allApplied('customer');
    expect(applied.map(({ path, generation }) => [path, generation]).sort()).toEqual([
      ['LOAD00000001.parquet', 0],
      ['LOAD00000002.parquet', 1],
      ['LOAD00000002~2.parquet', 0],
    ]);
  });

  it('ends the same when it is killed at any point and run again', async () => {
    for (const point of ['release.recorded', 'release.reason-removed', 'release.moved']) {
      const lake = await openWithRejected();
      await lake.reopen(EVOLVE);
      lake.killAt(point);
      await expect(releaseFiles(lake.ws, lake.table)).rejects.toThrow(Killed);
      await lake.reopen();

      const left = await listRejected(lake.ws, lake.table);
      expect(left.map((entry) => entry.code)).toEqual(point === 'release.moved' ? [] : ['SCHEMA_FROZEN']);
      await releaseFiles(lake.ws, lake.table);

      expect(await lake.paths('rejected')).toEqual([]);
      expect(await lake.paths('incoming')).toEqual([BAD]);
      await lake.ingest();
      expect((await lake.current()).length).toBe(2);
    }
  });
});
