import { afterEach, describe, expect, it } from 'vitest';
import { type EraseTargets, eraseKey } from '../../../lib/operations/erase.ts';
import type { SnapshotTarget } from '../../../lib/ports.ts';
import { cdcFileName, change } from '../../helpers/change-files.ts';
import { drainLakes, Killed, type Lake, openLake, pick } from './lake.ts';

afterEach(drainLakes);

const NO_TARGETS: EraseTargets = async () => {};

/** A target that holds one row and remembers what it was asked. */
function fakeTarget(asked: unknown[]): SnapshotTarget {
  const unused = () => {
    throw new Error('not part of erasing');
  };
  return {
    bulkText: unused,
    watermark: unused,
    targetTables: unused,
    open: unused,
    shared: { underWay: unused, begin: unused, load: unused, publish: unused, abort: unused },
    close: async () => {},
    eraseKey: async (schema, table, key) => {
      asked.push([schema, table, key]);
      return 1;
    },
  };
}

async function openCustomers(settings = 'keys: [id]'): Promise<Lake> {
  const lake = await openLake(settings);
  await lake.write(cdcFileName(1), [
    change({ op: 'I', at: '10:00', seq: 1, id: 7, name: 'Ann' }),
    change({ op: 'I', at: '10:00', seq: 2, id: 8, name: 'Bob' }),
  ]);
  await lake.ingest();
  await lake.write(cdcFileName(2), [change({ op: 'U', at: '11:00', seq: 3, id: 7, name: 'Eve' })]);
  await lake.ingest();
  return lake;
}

describe('eraseKey', () => {
  it.each(['last-change', 'every-change'])(
    'removes every row of the key and no other, %s',
    async (history) => {
      const lake = await openCustomers(`keys: [id]\nhistory: ${history}`);

      const report = await eraseKey(lake.ws, lake.table, { id: '7' }, NO_TARGETS);

      expect(report).toEqual({
        historyRows: 2,
        targets: [],
        files: [
          { place: 'processed', path: `1/${cdcFileName(1)}`, rows: 1 },
          { place: 'processed', path: `2/${cdcFileName(2)}`, rows: 1 },
        ],
        unreadable: [],
      });
      expect(pick(await lake.history(), 'id', 'name')).toEqual([['8', 'Bob']]);
    },
  );

  it('remembers a hash and the names of the columns, never the key', async () => {
    const lake = await openLake('keys: [name]');
    await lake.write(cdcFileName(1), [
      change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'ann@example.org' }),
    ]);
    await lake.ingest();

    await eraseKey(lake.ws, lake.table, { name: 'ann@example.org' }, NO_TARGETS);

    const erasures = await lake.ws.ledger.erasures('customer');
    expect(erasures).toEqual([
      {
        keyColumns: ['name'],
        keyHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        erasedAt: expect.stringMatching(/Z$/),
      },
    ]);
    await eraseKey(lake.ws, lake.table, { name: 'ann@example.org' }, NO_TARGETS);
    expect(await lake.ws.ledger.erasures('customer')).toEqual(erasures);
  });

  it('erases in every target table, by the names the target has', async () => {
    const lake = await openLake('keys: [Region, No]');
    const columns = [
      { name: 'Region', type: { kind: 'string' } },
      { name: 'No', type: { kind: 'int', bits: 64 } },
    ] as const;
    await lake.write(cdcFileName(1), [change({ op: 'I', at: '10:00', seq: 1, Region: 'EU', No: 9 })], {
      columns,
    });
    await lake.ingest();
    const asked: unknown[] = [];
    const target = fakeTarget(asked);

    const { targets } = await eraseKey(lake.ws, lake.table, { Region: 'EU', No: '009' }, async (visit) => {
      await visit('shop', target, 'public', 'customer', 'keep');
      await visit('lower', target, 'sales', 'customer', 'lower');
    });

    expect(asked).toEqual([
      ['public', 'customer', { Region: 'EU', No: '9' }],
      ['sales', 'customer', { region: 'EU', no: '9' }],
    ]);
    expect(targets).toEqual([
      { export: 'shop', table: 'public.customer', rows: 1 },
      { export: 'lower', table: 'sales.customer', rows: 1 },
    ]);
  });

  it('says which waiting, processed and rejected files hold the key, changed keys too, and which nobody can read', async () => {
    const lake = await openCustomers();
    await lake.write(cdcFileName(3), [
      change({ op: 'U', at: '12:00', seq: 4, id: 9, name: 'Eve', before: { id: '7' } }),
      change({ op: 'U', at: '12:00', seq: 5, id: 8, name: 'Bob' }),
    ]);
    await lake.write(cdcFileName(4), [change({ op: 'I', at: '12:00', seq: 6, id: 70, name: '7' })]);
    await lake.write(cdcFileName(5), [change({ op: 'I', at: '12:00', seq: 6, id: 7, name: 'x' })], {
      types: { id: 'varchar' },
    });
    await lake.put('rejected', 'torn.parquet', 'PAR1 torn');

    const report = await eraseKey(lake.ws, lake.table, { id: '7' }, NO_TARGETS);

    expect(report).toMatchObject({
      files: [
        { place: 'incoming', path: cdcFileName(3), rows: 1 },
        { place: 'incoming', path: cdcFileName(5), rows: 1 },
        { place: 'processed', path: `1/${cdcFileName(1)}`, rows: 1 },
        { place: 'processed', path: `2/${cdcFileName(2)}`, rows: 1 },
      ],
      unreadable: [{ place: 'rejected', path: 'torn.parquet' }],
    });
    expect(await lake.paths('incoming')).toEqual([cdcFileName(3), cdcFileName(4), cdcFileName(5)]);
  });

  it('finds the key beside values that are no key at all', async () => {
    const lake = await openCustomers();
    await lake.write(
      cdcFileName(3),
      [
        change({ op: 'I', at: '12:00', seq: 4, id: 'not a number', name: 'x' }),
        change({ op: 'I', at: '12:00', seq: 5, id: '7', name: 'y' }),
        change({ op: 'I', at: '12:00', seq: 6, name: 'no id' }),
      ],
      { types: { id: 'varchar' } },
    );

    const { files } = await eraseKey(lake.ws, lake.table, { id: '7' }, NO_TARGETS);

    expect(files[0]).toEqual({ place: 'incoming', path: cdcFileName(3), rows: 1 });
  });

  it.each([
    [{}, 'KEY_INCOMPLETE', 'the key lacks "id". Give every key column: "id".'],
    [{ id: '7', name: 'Ann' }, 'KEY_UNKNOWN', '"name" is not a key column. Key columns: "id".'],
    [{ id: 'seven' }, 'KEY_INVALID', 'what is given for key "id" is no int32.'],
  ])('refuses %j before anything is erased', async (key, code, message) => {
    const lake = await openCustomers();

    await expect(eraseKey(lake.ws, lake.table, key, NO_TARGETS)).rejects.toMatchObject({
      code,
      message: `Table customer: ${message}`,
    });

    expect((await lake.history()).length).toBe(3);
    expect(await lake.ws.ledger.erasures('customer')).toEqual([]);
  });

  it('ends the same when it is killed at any point and run again', async () => {
    const points = ['erase.deleted', 'erase.before-commit', 'erase.history', 'erase.targets'];
    for (const point of points) {
      const lake = await openCustomers();
      const asked: unknown[] = [];
      const targets: EraseTargets = (visit) => visit('shop', fakeTarget(asked), 'public', 'customer', 'keep');
      lake.killAt(point);
      await expect(eraseKey(lake.ws, lake.table, { id: '7' }, targets)).rejects.toThrow(Killed);
      await lake.reopen();
      const committed = point === 'erase.history' || point === 'erase.targets';
      expect((await lake.history()).length).toBe(committed ? 1 : 3);

      const report = await eraseKey(lake.ws, lake.table, { id: '7' }, targets);

      expect(report.historyRows).toBe(committed ? 0 : 2);
      expect(report.files.length).toBe(2);
      expect(asked.at(-1)).toEqual(['public', 'customer', { id: '7' }]);
      expect(pick(await lake.history(), 'id')).toEqual([['8']]);
      expect((await lake.ws.ledger.erasures('customer')).length).toBe(1);
    }
  });
});
