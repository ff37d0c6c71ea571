import { afterEach, describe, expect, it } from 'vitest';
import { startReload } from '../../../lib/operations/reload.ts';
import { tableStatus } from '../../../lib/operations/status.ts';
import { cdcFileName, change } from '../../helpers/change-files.ts';
import { drainLakes, Killed, openLake } from './lake.ts';

afterEach(drainLakes);

const EMPTY = {
  table: 'customer',
  waiting: 0,
  waitingBytes: 0,
  oldestWaitingAt: null,
  rejected: 0,
  lastBatch: null,
  lagSeconds: null,
  rows: 0,
  currentRows: 0,
  historyId: null,
  reload: null,
  startedBatch: null,
};

describe('tableStatus', () => {
  it.each([false, true])('is all nothing before the first ingest (read only: %s)', async (readOnly) => {
    const lake = await openLake();
    await lake.reopen(undefined, { readOnly });

    expect(await tableStatus(lake.ws, lake.table)).toEqual(EMPTY);
  });

  it('tells what waits, what was rejected, and how far the history is', async () => {
    const lake = await openLake('keys: [id]\nhistory: every-change');
    await lake.write(cdcFileName(1), [
      change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' }),
      change({ op: 'U', at: '11:00', seq: 2, id: 1, name: 'Eve' }),
    ]);
    await lake.put('incoming', 'torn.parquet', 'PAR1');
    await lake.ingest();
    await lake.write(cdcFileName(2), [change({ op: 'D', at: '12:00', seq: 3, id: 1 })]);
    await lake.put('incoming', '_SUCCESS', '');
    const reload = await startReload(lake.ws, lake.table);
    await lake.reopen(undefined, {
      readOnly: true,
      clock: { now: () => '2024-05-01T11:00:01.500000Z' },
    });

    expect(await tableStatus(lake.ws, lake.table)).toEqual({
      table: 'customer',
      waiting: 1,
      waitingBytes: expect.any(Number),
      oldestWaitingAt: expect.stringMatching(/^\d{4}-.*Z$/),
      rejected: 1,
      lastBatch: { id: '1', kind: 'merge', files: 1, rows: 2, at: expect.stringMatching(/^\d{4}-.*Z$/) },
      lagSeconds: 1.5,
      rows: 2,
      currentRows: 1,
      historyId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      reload,
      startedBatch: null,
    });
  });

  it('names a batch that was started and not ended', async () => {
    const lake = await openLake();
    await lake.write(cdcFileName(1), [change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' })]);
    lake.killAt('ingest.started');
    await expect(lake.ingest()).rejects.toMatchObject({ cause: expect.any(Killed) });

    expect(await tableStatus(lake.ws, lake.table)).toMatchObject({
      waiting: 1,
      lastBatch: null,
      startedBatch: '1',
    });
  });
});
