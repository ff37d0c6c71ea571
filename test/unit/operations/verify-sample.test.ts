import { afterEach, describe, expect, it } from 'vitest';
import { chooseSlice, renderSlice } from '../../../lib/history/key-slice.ts';
import { openHistory } from '../../../lib/open-history.ts';
import { verifySample } from '../../../lib/operations/verify-sample.ts';
import { cdcFileName, change } from '../../helpers/change-files.ts';
import { drainLakes, type Lake, openLake } from './lake.ts';

afterEach(drainLakes);

const KEYS = 64;

async function openHealthy(): Promise<Lake> {
  const lake = await openLake();
  const ids = Array.from({ length: KEYS }, (_, at) => at + 1);
  await lake.write(
    cdcFileName(1),
    ids.map((id) => change({ op: 'I', at: '10:00', seq: id, id, name: 'Ann' })),
  );
  await lake.ingest();
  return lake;
}

async function broken(lake: Lake, maxRows: number, digits = 'a7'): Promise<Record<string, number>> {
  const { checks } = await verifySample(lake.ws, lake.table, { maxRows, maxFiles: 10, digits });
  return Object.fromEntries(
    checks.filter((check) => check.broken > 0).map((check) => [check.code, check.broken]),
  );
}

const sqlName = (lake: Lake) =>
  lake.ws.engine.dialect.tableName({ catalog: '', schema: lake.ws.config.schema, name: 'customer' });

describe('verifySample', () => {
  it('finds nothing in a healthy table, whatever the slice, nor in one that was never ingested', async () => {
    const lake = await openHealthy();

    expect(await broken(lake, 1_000_000)).toEqual({});
    expect(await broken(lake, 4)).toEqual({});
    expect(await broken(await openLake(), 4)).toEqual({});
  });

  it('checks every key of a small table', async () => {
    const lake = await openHealthy();
    await lake.ws.engine.execute(`update ${sqlName(lake)} set current = false`);

    expect(await broken(lake, KEYS)).toEqual({ CURRENT_IS_OPEN: KEYS });
  });

  it('checks other keys of a large one each time, and all of them over all slices', async () => {
    const lake = await openHealthy();
    await lake.ws.engine.execute(`update ${sqlName(lake)} set current = false`);
    const counts: number[] = [];

    for (const digit of '0123456789abcdef') {
      counts.push((await broken(lake, KEYS / 16, digit)).CURRENT_IS_OPEN ?? 0);
    }

    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(KEYS);
    expect(Math.max(...counts)).toBeLessThan(KEYS / 4);
  });

  it('sees rows without a key in every slice', async () => {
    const lake = await openHealthy();
    await lake.ws.engine.execute(`update ${sqlName(lake)} set id = null where id = 1`);

    for (const digit of ['0', '7', 'f']) expect(await broken(lake, 4, digit)).toEqual({ KEYS_PRESENT: 1 });
  });

  it('looks for files of the newest batch, moved or still waiting for it', async () => {
    const lake = await openHealthy();
    await lake.write(cdcFileName(2), [change({ op: 'I', at: '11:00', seq: 1, id: 100, name: 'Eve' })]);
    lake.killAt('ingest.before-moves');
    await lake.ingest().catch(() => {});

    expect(await broken(lake, 4)).toEqual({});
    await lake.ingest();
    expect(await broken(lake, 4)).toEqual({});
    await lake.store.remove('processed', `2/${cdcFileName(2)}`);
    expect(await broken(lake, 4)).toEqual({ PROCESSED_PRESENT: 1 });
  });
});

describe('chooseSlice', () => {
  it.each([
    [0, ''],
    [1000, ''],
    [1001, 'a'],
    [16_000, 'a'],
    [16_001, 'ab'],
    [10_000_000_000, 'abcdef'],
  ])('of %d rows takes keys that begin with "%s"', (rows, prefix) => {
    expect(chooseSlice(rows, 1000, 'abcdef0123')).toEqual({ prefix });
  });
});

describe('renderSlice', () => {
  it('is the table itself where all keys are meant', async () => {
    const lake = await openHealthy();
    const history = await openHistory(lake.ws, lake.table);

    expect(renderSlice(lake.ws.engine.dialect, history, { prefix: '' })).toBe(sqlName(lake));
  });
});
