import { afterEach, describe, expect, it } from 'vitest';
import { readHistory, readSnapshot, readVersions } from '../../../lib/operations/read-rows.ts';
import { cdcFileName, change, loadFileName } from '../../helpers/change-files.ts';
import { drainLakes, openLake, pick, readAll } from './lake.ts';

afterEach(drainLakes);

const KEYS = [
  { name: 'region', type: { kind: 'string' } },
  { name: 'no', type: { kind: 'int', bits: 64 } },
  { name: 'total', type: { kind: 'decimal', precision: 38, scale: 4 } },
] as const;

async function openOrders() {
  const lake = await openLake('keys: [region, no]\nhistory: every-change', 'orders');
  const huge = '9007199254740993';
  await lake.write(
    cdcFileName(1),
    [
      change({ op: 'I', at: '10:00', seq: 1, region: 'EU', no: huge, total: '1.5' }),
      change({ op: 'I', at: '10:00', seq: 2, region: 'EU', no: 9, total: '2' }),
      change({ op: 'I', at: '10:00', seq: 3, region: "O'Brien", no: 9, total: '3' }),
      change({
        op: 'U',
        at: '10:00:00.000001',
        seq: 4,
        region: 'EU',
        no: 9,
        total: '1234567890123456789012345678901234.5678',
      }),
      change({ op: 'D', at: '12:00', seq: 5, region: "O'Brien", no: 9 }),
    ],
    { columns: KEYS },
  );
  await lake.ingest();
  return lake;
}

describe('readHistory', () => {
  it('gives every column as canonical text, by key and time', async () => {
    const lake = await openOrders();

    const { columns, rows } = await readHistory(lake.ws, lake.table);

    expect(columns.map((c) => c.name)).toEqual([
      ...['region', 'no', 'total', 'current', 'effective_date', 'end_date'],
      ...['effective_seq', 'end_seq', 'seen_date', 'seen_seq', 'batch_id'],
    ]);
    const all = await readAll({ columns, rows });
    expect(pick(all, 'region', 'no', 'total', 'current', 'effective_date', 'end_date', 'batch_id')).toEqual([
      ['EU', '9', '2.0000', 'false', '2024-05-01T10:00:00.000000Z', '2024-05-01T10:00:00.000001Z', '1'],
      [
        'EU',
        '9',
        '1234567890123456789012345678901234.5678',
        'true',
        '2024-05-01T10:00:00.000001Z',
        null,
        '1',
      ],
      ['EU', '9007199254740993', '1.5000', 'true', '2024-05-01T10:00:00.000000Z', null, '1'],
      ["O'Brien", '9', '3.0000', 'false', '2024-05-01T10:00:00.000000Z', '2024-05-01T12:00:00.000000Z', '1'],
    ]);
  });

  it('gives the rows of one key, of a part of a key, and none of a key that is not there', async () => {
    const lake = await openOrders();
    const keysOf = async (key: Record<string, string>) =>
      pick(await readAll(await readHistory(lake.ws, lake.table, { key })), 'region', 'no');

    expect(await keysOf({ region: "O'Brien", no: '9' })).toEqual([["O'Brien", '9']]);
    expect(await keysOf({ no: '09' })).toEqual([
      ['EU', '9'],
      ['EU', '9'],
      ["O'Brien", '9'],
    ]);
    expect(await keysOf({ NO: '9007199254740993' })).toEqual([['EU', '9007199254740993']]);
    expect(await keysOf({ region: "' or true --" })).toEqual([]);
  });

  it('refuses a key column that is none, and a value of another type without repeating it', async () => {
    const lake = await openOrders();

    await expect(readHistory(lake.ws, lake.table, { key: { total: '1' } })).rejects.toMatchObject({
      code: 'KEY_UNKNOWN',
      message: 'Table orders: "total" is not a key column. Key columns: "region", "no".',
    });
    for (const text of ['secret', '1.5', '99999999999999999999', '']) {
      await expect(readHistory(lake.ws, lake.table, { key: { no: text } })).rejects.toMatchObject({
        code: 'KEY_INVALID',
        message: 'Table orders: what is given for key "no" is no int64.',
      });
    }
  });

  it('says what to do before the first ingest', async () => {
    const lake = await openLake();

    await expect(readHistory(lake.ws, lake.table)).rejects.toMatchObject({
      code: 'NO_HISTORY_YET',
      message: expect.stringContaining('tidemark ingest'),
    });
  });

  it('says to rebuild when the configuration names a key that the history does not have', async () => {
    const lake = await openOrders();
    await lake.reopen('keys: [region, line]\nhistory: every-change');

    await expect(readHistory(lake.ws, lake.table)).rejects.toMatchObject({
      code: 'HISTORY_OUTDATED',
      message: expect.stringContaining('"line"'),
    });
  });

  it('loses no row while other statements run, and lets go when the reader stops early', async () => {
    const lake = await openLake();
    const changes = Array.from({ length: 30_000 }, (_, id) =>
      change({ op: 'I', at: '10:00', id, name: `n${id}` }),
    );
    await lake.write(loadFileName(1), changes);
    await lake.ingest();

    let rows = 0;
    for await (const block of (await readHistory(lake.ws, lake.table)).rows) {
      rows += block.length;
      await lake.ws.engine.query("select 'in between'");
    }
    for await (const _ of (await readHistory(lake.ws, lake.table)).rows) break;

    expect(rows).toBe(30_000);
    expect((await lake.current()).length).toBe(30_000);
  });

  it('reads keys that are bytes and names that are hostile', async () => {
    const lake = await openLake("keys: ['k\"e y', select]", 'a "b" c');
    const columns = [
      { name: 'k"e y', type: { kind: 'binary' } },
      { name: 'select', type: { kind: 'string' } },
      { name: "v'", type: { kind: 'string' } },
    ] as const;
    await lake.write(
      cdcFileName(1),
      [
        change({ op: 'I', at: '10:00', seq: 1, 'k"e y': '00ff', select: 'ä', "v'": 'x' }),
        change({ op: 'I', at: '10:00', seq: 2, 'k"e y': '00fe', select: 'ä', "v'": 'y' }),
      ],
      { columns },
    );
    await lake.ingest();

    const found = await readHistory(lake.ws, lake.table, { key: { 'k"e y': '00FF', select: 'ä' } });

    expect(pick(await readAll(found), 'k"e y', 'select', "v'")).toEqual([['00ff', 'ä', 'x']]);
    await expect(readHistory(lake.ws, lake.table, { key: { 'k"e y': 'xyz' } })).rejects.toMatchObject({
      code: 'KEY_INVALID',
    });
  });
});

describe('readVersions', () => {
  it('merges neighbours that differ in nothing, of one key as of all', async () => {
    const lake = await openLake('keys: [id]\nhistory: every-change');
    await lake.write(cdcFileName(1), [
      change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'a' }),
      change({ op: 'U', at: '11:00', seq: 2, id: 1, name: 'a' }),
      change({ op: 'U', at: '12:00', seq: 3, id: 1, name: 'b' }),
      change({ op: 'I', at: '10:00', seq: 4, id: 2, name: 'z' }),
    ]);
    await lake.ingest();
    const one = [
      {
        id: '1',
        name: 'a',
        current: 'false',
        effective_date: '2024-05-01T10:00:00.000000Z',
        end_date: '2024-05-01T12:00:00.000000Z',
      },
      { id: '1', name: 'b', current: 'true', effective_date: '2024-05-01T12:00:00.000000Z', end_date: null },
    ];

    expect(await readAll(await readVersions(lake.ws, lake.table, { key: { id: '1' } }))).toEqual(one);
    expect(await readAll(await readVersions(lake.ws, lake.table))).toEqual([
      ...one,
      { id: '2', name: 'z', current: 'true', effective_date: '2024-05-01T10:00:00.000000Z', end_date: null },
    ]);
  });
});

describe('readSnapshot', () => {
  it('gives the source columns alone, now and at an instant, half-open to the microsecond', async () => {
    const lake = await openOrders();
    const keysAt = async (asOf?: string) =>
      pick(
        await readAll(await readSnapshot(lake.ws, lake.table, asOf === undefined ? {} : { asOf })),
        'region',
        'no',
        'total',
      );

    expect((await readSnapshot(lake.ws, lake.table)).columns.map((c) => c.name)).toEqual([
      'region',
      'no',
      'total',
    ]);
    expect(await keysAt()).toEqual([
      ['EU', '9', '1234567890123456789012345678901234.5678'],
      ['EU', '9007199254740993', '1.5000'],
    ]);
    expect(await keysAt('2024-05-01T12:00:00+02:00')).toEqual([
      ['EU', '9', '2.0000'],
      ['EU', '9007199254740993', '1.5000'],
      ["O'Brien", '9', '3.0000'],
    ]);
    expect((await keysAt('2024-05-01T10:00:00.000001Z'))[0]).toEqual([
      'EU',
      '9',
      '1234567890123456789012345678901234.5678',
    ]);
    expect(await keysAt('2024-05-01')).toEqual([]);
    await expect(keysAt('2024-05-01T12:00:00')).rejects.toMatchObject({ code: 'INSTANT_INVALID' });
  });

  it('reads a history that was opened for reading only', async () => {
    const lake = await openOrders();
    await lake.reopen(undefined, { readOnly: true });

    expect((await lake.current()).length).toBe(2);
  });
});
