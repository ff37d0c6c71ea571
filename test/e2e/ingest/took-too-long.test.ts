import { afterEach, beforeEach, expect, it } from 'vitest';
import { TransientError } from '../../../lib/errors.ts';
import type { Engine } from '../../../lib/ports.ts';
import { cdcFileName, change } from '../../helpers/change-files.ts';
import { withoutTransactions } from '../../helpers/without-transactions.ts';
import { COLUMNS, createLab, insert, type Lab } from './ingest-lab.ts';

let lab: Lab;
beforeEach(async () => {
  lab = await createLab({ keys: 'id', history: 'every-change' });
});
afterEach(() => lab.remove());

const tooLong = (): never => {
  throw new TransientError('STATEMENT_TIMEOUT', 'ended by the test');
};

/** An engine with something done before each statement and query. */
const before =
  (look: (sql: string) => void) =>
  (inner: Engine): Engine => {
    const opened = withoutTransactions(inner);
    const engine: Engine = {
      ...opened,
      tagged: () => engine,
      transaction: (work) => work(engine),
      execute: async (sql) => {
        look(sql);
        return opened.execute(sql);
      },
      query: async (sql) => {
        look(sql);
        return opened.query(sql);
      },
    };
    return engine;
  };

/** Stands in for a warehouse that ends a statement over more than so many files as too long; no real one is that slow. */
const endsStatementsOver = (files: number, seen: number[]) =>
  before((sql) => {
    if (!sql.startsWith('merge')) return;
    const read = new Set(sql.match(/\d{8}-\d{9}\.parquet/g)).size;
    seen.push(read);
    if (read > files) tooLong();
  });

const recordsTooSlowly = (status: string) =>
  before((sql) => {
    if (/^(insert|update|merge)/.test(sql) && sql.includes(`'${status}'`)) tooLong();
  });

const cannotCount = before((sql) => {
  if (/where "batch_id" = \d+/.test(sql)) tooLong();
});

const deliver = async (from: number, to: number): Promise<void> => {
  for (let n = from; n <= to; n += 1) {
    await lab.deliver(cdcFileName(n), { columns: COLUMNS, changes: [change(insert(n))] });
  }
};

it('halves a batch that took too long until it fits, and loses nothing', async () => {
  await deliver(1, 9);
  const merged: number[] = [];
  const report = await lab.ingest({ around: endsStatementsOver(2, merged) });
  expect(report).toMatchObject({ error: null, files: 9, waiting: 0, batches: 5 });
  expect(merged).toEqual([9, 4, 2, 2, 2, 2, 1]);
  expect((await lab.rows()).map((row) => row.id)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
});

it('remembers the size for the next run, and tries the full size again a day later', async () => {
  await deliver(1, 4);
  const merged: number[] = [];
  await lab.ingest({ around: endsStatementsOver(2, merged) });
  await deliver(5, 8);
  await lab.ingest({ around: endsStatementsOver(2, merged) });
  expect(merged).toEqual([4, 2, 2, 2, 2]);
  await deliver(9, 12);
  const tomorrow = new Date(Date.now() + 25 * 3_600_000).toISOString().replace('Z', '000Z');
  merged.length = 0;
  await lab.ingest({ around: endsStatementsOver(4, merged), clock: { now: () => tomorrow } });
  expect(merged).toEqual([4]);
});

it('takes up a batch that took too long in an earlier run in smaller ones', async () => {
  await deliver(1, 4);
  const merged: number[] = [];
  const stopped = { at: async (point: string) => endAtStart(point) };
  await lab.ingest({ around: withoutTransactions, faults: stopped });
  const report = await lab.ingest({ around: endsStatementsOver(2, merged) });
  expect(report).toMatchObject({ error: null, files: 4, waiting: 0 });
  expect(merged).toEqual([4, 2, 2]);
});

function endAtStart(point: string): void {
  if (point === 'ingest.started') throw new TransientError('CRASHED', 'the test ends the run here');
}

it('leaves a single file that takes too long waiting, and says so', async () => {
  await deliver(1, 1);
  const report = await lab.ingest({ around: endsStatementsOver(0, []) });
  expect(report).toMatchObject({ files: 0, waiting: 1, error: { code: 'STATEMENT_TIMEOUT' } });
  expect(await lab.ingest()).toMatchObject({ error: null, files: 1 });
});

it('halves nothing when it was the recording that took too long, and goes on from the merge', async () => {
  await deliver(1, 4);
  const merged: number[] = [];
  const report = await lab.ingest({ around: recordsTooSlowly('applied') });
  expect(report).toMatchObject({ batches: 0, error: { code: 'RECORDING_TIMEOUT' } });
  const next = await lab.ingest({ around: endsStatementsOver(4, merged) });
  expect(next).toMatchObject({ error: null, files: 4, waiting: 0, batches: 1 });
  expect(merged).toEqual([4]);
  expect((await lab.rows()).map((row) => row.id)).toEqual(['1', '2', '3', '4']);
});

it('goes on from the rejection of a file where recording that took too long', async () => {
  await deliver(1, 1);
  await lab.deliver(cdcFileName(2), { columns: COLUMNS, changes: [change(insert(2, { id: null }))] });
  const report = await lab.ingest({ around: recordsTooSlowly('rejected') });
  expect(report).toMatchObject({ batches: 1, files: 1, error: { code: 'RECORDING_TIMEOUT' } });
  expect(await lab.ingest()).toMatchObject({ error: null, files: 0, rejected: [{ code: 'NULL_KEY' }] });
});

it('records a batch whose rows take too long to count, and does not say how many they were', async () => {
  await deliver(1, 1);
  await lab.ingest();
  await deliver(2, 3);
  const report = await lab.ingest({ around: cannotCount });
  expect(report).toMatchObject({ error: null, batches: 1, files: 2, waiting: 0, opened: null });
  expect((await lab.rows()).map((row) => row.id)).toEqual(['1', '2', '3']);
});
