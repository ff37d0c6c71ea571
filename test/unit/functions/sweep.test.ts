import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ExportConfig } from '../../../lib/config/config.ts';
import { TransientError } from '../../../lib/errors.ts';
import { historyRef } from '../../../lib/history/history-table.ts';
import { openSweepLab, type SweepLab } from './sweep-lab.ts';

const labs: SweepLab[] = [];

async function open(options?: Parameters<typeof openSweepLab>[0]): Promise<SweepLab> {
  const lab = await openSweepLab(options);
  labs.push(lab);
  lab.statements();
  return lab;
}

afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.close();
});

const QUIET = [
  ['OldestWaitingFileAge', 0],
  ['MissedBells', 0],
  ['HalfDoneMoves', 0],
  ['SweepFindings', 0],
];

/** Of a list of samples the values of one metric. */
const valuesOf = (lab: SweepLab, name: string): number[] =>
  lab
    .samples()
    .filter(([sample]) => sample === name)
    .map(([, value]) => value);

describe('sweep, when nothing waits', () => {
  it('says so, rings nobody and asks the warehouse nothing', async () => {
    const lab = await open();

    const report = await lab.sweep();

    expect(report).toEqual({
      tables: 2,
      lookedAt: 2,
      cutShort: 0,
      waitingFiles: 0,
      oldestSeconds: 0,
      rung: 0,
      missedBells: 0,
      halfDoneMoves: 0,
      checked: 0,
      findings: 0,
    });
    expect(lab.samples()).toEqual(QUIET);
    expect(lab.rings()).toEqual([]);
    expect(lab.statements()).toBe(0);
  });

  it('leaves a paused table alone, whatever waits there', async () => {
    const lab = await open({ paused: ['orders'] });
    await lab.arrives('orders', 'LOAD00000001.parquet');
    lab.wait(600);

    await lab.sweep();

    expect(lab.samples()).toEqual(QUIET);
    expect(lab.rings()).toEqual([]);
  });

  it('does not take hidden files and markers of folders for files that wait', async () => {
    const lab = await open();
    await lab.ws.store(lab.ws.table('orders')).put('incoming', '_SUCCESS', '');
    await lab.ws.store(lab.ws.table('orders')).put('incoming', 'x.reason.json', '{}');
    lab.wait(600);

    await lab.sweep();

    expect(lab.samples()).toEqual(QUIET);
  });
});

describe('sweep, when files wait', () => {
  it('tells the age of the oldest and leaves a bell its time', async () => {
    const lab = await open();
    await lab.arrives('customer', 'a.parquet');
    lab.wait(4);
    await lab.arrives('customer', 'b.parquet');
    lab.wait(1);

    const report = await lab.sweep();

    expect(report).toMatchObject({ waitingFiles: 2, rung: 0 });
    expect(Math.round(report.oldestSeconds)).toBe(300);
    expect(lab.rings()).toEqual([]);
    expect(lab.statements()).toBe(0);
  });

  it('tells of each table above the threshold of the alarm by its name', async () => {
    const lab = await open();
    await lab.arrives('customer', 'a.parquet');
    lab.wait(31);
    await lab.arrives('orders', 'b.parquet');
    lab.wait(1);

    await lab.sweep();

    const samples = lab.samples().map(([name, value]) => [name, Math.round(value)]);
    expect(samples.slice(0, 2)).toEqual([
      ['OldestWaitingFileAge', 1920],
      ['OldestWaitingFileAge/customer', 1920],
    ]);
  });

  it('rings for a table for which nobody had rung, and counts it', async () => {
    const lab = await open();
    await lab.arrives('customer', 'a.parquet');
    lab.wait(7);

    const report = await lab.sweep();

    expect(report).toMatchObject({ rung: 1, missedBells: 1, halfDoneMoves: 0 });
    expect(lab.rings()).toEqual([{ ring: ['customer'] }]);
    expect(valuesOf(lab, 'MissedBells')).toEqual([1]);
  });

  it('rings, but counts no missed bell, where a run began after the file was there and left it', async () => {
    const lab = await open();
    await lab.arrives('customer', 'a.parquet');
    lab.wait(1);
    lab.killAt('ingest.claimed');
    await lab.ingest('customer');
    lab.wait(7);

    const report = await lab.sweep();

    expect(report).toMatchObject({ rung: 1, missedBells: 0 });
    expect(lab.rings()).toEqual([{ ring: ['customer'] }]);
  });

  it('counts no missed bell while somebody works on the table, whenever that began', async () => {
    const lab = await open();
    const lease = await lab.ws.ledger.claim('customer', lab.ws.ingestDeps(lab.ws.table('customer')).worker);
    await lab.arrives('customer', 'a.parquet');
    lab.wait(7);

    expect(await lab.sweep()).toMatchObject({ rung: 1, missedBells: 0 });
    await lab.ws.ledger.release(lease);
    expect(await lab.sweep()).toMatchObject({ rung: 1, missedBells: 1 });
  });

  it('counts a missed bell again where the last run was before the file', async () => {
    const lab = await open();
    await lab.arrives('customer', 'a.parquet');
    await lab.ingest('customer');
    lab.wait(60);
    await lab.arrives('customer', 'b.parquet', 2);
    lab.wait(7);

    expect(await lab.sweep()).toMatchObject({ rung: 1, missedBells: 1 });
  });

  it('finds files that were applied and not moved, whose move the ring finishes', async () => {
    const lab = await open();
    for (const id of [1, 2, 3]) await lab.arrives('customer', `${id}.parquet`, id);
    lab.killAt('ingest.before-moves');
    expect((await lab.ingest('customer')).error).not.toBeNull();
    lab.wait(7);

    const report = await lab.sweep();
    const after = await lab.ingest('customer');

    expect(report).toMatchObject({ rung: 1, missedBells: 0, halfDoneMoves: 3 });
    expect(after).toMatchObject({ error: null, batches: 0, alreadyApplied: 3, waiting: 0 });
    expect(valuesOf(lab, 'HalfDoneMoves')).toEqual([3]);
  });

  it('names tables of any spelling in a call, a hundred at most', async () => {
    const names = Array.from({ length: 101 }, (_, i) => `t"${String(i).padStart(3, '0')} ü`);
    const lab = await open({ tables: names });
    for (const name of names) await lab.arrives(name, 'a.parquet');
    lab.wait(7);

    const report = await lab.sweep();

    expect(report).toMatchObject({ rung: 101, missedBells: 101 });
    expect(lab.rings()).toEqual([{ ring: names.slice(0, 100) }, { ring: names.slice(100) }]);
  });

  it('rings although the warehouse does not answer, and then does not say what it cannot know', async () => {
    const lab = await open();
    await lab.arrives('customer', 'a.parquet');
    lab.wait(7);
    lab.breakEngine(new TransientError('WAREHOUSE_STARTING', 'It starts.'));

    const report = await lab.sweep();

    expect(report).toMatchObject({ rung: 1, missedBells: null, halfDoneMoves: null });
    expect(lab.rings()).toEqual([{ ring: ['customer'] }]);
    expect(lab.samples().map(([name]) => name)).toEqual(['OldestWaitingFileAge', 'SweepFindings']);
  });
});

describe('sweep, when something fails', () => {
  it('looks at the other tables and ends with an error that says what to do', async () => {
    const lab = await open();
    await lab.arrives('orders', 'a.parquet');
    const folder = lab.ws.store(lab.ws.table('customer')).location('incoming');
    await writeFile(folder, 'not a folder');
    lab.wait(7);

    await expect(lab.sweep()).rejects.toMatchObject({ code: 'SWEEP_INCOMPLETE' });

    expect(lab.rings()).toEqual([{ ring: ['orders'] }]);
    expect(valuesOf(lab, 'MissedBells')).toEqual([1]);
    expect(lab.lines().map(([message, { table }]) => [message, table])).toContainEqual([
      'could not look at what waits',
      'customer',
    ]);
  });

  it('does not say that nothing waits where it could look at no table', async () => {
    const lab = await open();
    for (const table of ['customer', 'orders']) {
      const folder = lab.ws.store(lab.ws.table(table)).location('incoming');
      await mkdir(dirname(folder), { recursive: true });
      await writeFile(folder, 'not a folder');
    }

    await expect(lab.sweep()).rejects.toMatchObject({ code: 'SWEEP_INCOMPLETE' });

    expect(valuesOf(lab, 'OldestWaitingFileAge')).toEqual([]);
  });

  it('says that there is no bell to ring', async () => {
    const lab = await open();
    await lab.arrives('customer', 'a.parquet');
    lab.wait(7);

    const failed = lab.sweep({ env: {} });

    await expect(failed).rejects.toThrow(
      /FUNCTION_ENVIRONMENT: Environment variable TIDEMARK_BELL_QUEUE_URL is not set/,
    );
  });

  it('goes on next time where it had no time left, with whom it had not looked at', async () => {
    const tables = Array.from({ length: 20 }, (_, i) => `t${String(i).padStart(2, '0')}`);
    const lab = await open({ tables });
    for (const name of tables) await lab.arrives(name, 'a.parquet');
    lab.wait(7);
    // Of a thousand seconds half are for looking; each question takes thirty.
    const hurried = () => {
      let left = 1_030_000;
      return () => {
        left -= 30_000;
        return left;
      };
    };
    const seen = new Set<string>();
    const counts: number[] = [];
    for (let sweeps = 0; sweeps < 3; sweeps += 1) {
      counts.push((await lab.sweep({ timeLeft: hurried() })).lookedAt);
      for (const body of lab.rings()) for (const name of (body as { ring: string[] }).ring) seen.add(name);
    }

    expect(Math.max(...counts)).toBeLessThan(20);
    expect([...seen].sort()).toEqual(tables);
  });
});

describe('sweep, of promises', () => {
  async function broken(table: string): Promise<SweepLab> {
    const lab = await open();
    await lab.arrives(table, 'a.parquet');
    await lab.ingest(table);
    const ref = lab.ws.engine.dialect.tableName(historyRef(lab.config, lab.ws.table(table)));
    await lab.ws.engine.execute(`update ${ref} set "current" = false`);
    lab.statements();
    return lab;
  }

  it('finds a broken one when the warehouse runs anyway', async () => {
    const lab = await broken('customer');

    const report = await lab.sweep({ awake: true });

    expect(report).toMatchObject({ checked: 2, findings: 1 });
    expect(valuesOf(lab, 'SweepFindings')).toEqual([1]);
    expect(lab.lines()).toContainEqual([
      'A promise is broken',
      {
        table: 'customer',
        code: 'CURRENT_IS_OPEN',
        rule: 'a row is current exactly when it has no end date',
        broken: 1,
      },
    ]);
  });

  it('finds that an applied file is gone', async () => {
    const lab = await open();
    await lab.arrives('customer', 'a.parquet');
    await lab.ingest('customer');
    await lab.ws.store(lab.ws.table('customer')).remove('processed', '1/a.parquet');

    expect(await lab.sweep({ awake: true })).toMatchObject({ checked: 2, findings: 1 });
  });

  it('finds nothing in tables that are as they should be', async () => {
    const lab = await open();
    await lab.arrives('customer', 'a.parquet');
    await lab.ingest('customer');

    expect(await lab.sweep({ awake: true })).toMatchObject({ checked: 2, findings: 0 });
  });

  it('neither wakes a warehouse for it nor keeps one running', async () => {
    const lab = await broken('customer');

    expect(await lab.sweep({ awake: false })).toMatchObject({ checked: 0 });
    expect(lab.statements()).toBe(0);
    expect(await lab.sweep({ awake: true })).toMatchObject({ checked: 2 });
    lab.statements();
    lab.wait(239);
    expect(await lab.sweep({ awake: true })).toMatchObject({ checked: 0 });
    expect(lab.statements()).toBe(0);
    lab.wait(1);
    expect(await lab.sweep({ awake: true })).toMatchObject({ checked: 2, findings: 1 });
  });

  it('leaves the warehouse alone when nobody can say whether it runs, and is no failure', async () => {
    const lab = await broken('customer');

    const report = await lab.sweep({ awake: new TransientError('CONNECTION_LOST', 'No answer.') });

    expect(report).toMatchObject({ checked: 0 });
    expect(lab.statements()).toBe(0);
  });

  it('goes round: ten tables at a time, the others next', async () => {
    const tables = Array.from({ length: 12 }, (_, i) => `t${String(i).padStart(2, '0')}`);
    const lab = await open({ tables });
    for (const name of ['t00', 't11']) {
      await lab.arrives(name, 'a.parquet');
      await lab.ingest(name);
      await lab.ws.store(lab.ws.table(name)).remove('processed', '1/a.parquet');
    }
    const found = async (): Promise<unknown[]> => {
      lab.wait(241);
      lab.lines();
      await lab.sweep({ awake: true });
      return lab
        .lines()
        .flatMap(([message, { table }]) => (message === 'A promise is broken' ? [table] : []));
    };

    expect([await found(), await found(), await found()]).toEqual([['t00'], ['t11', 't00'], ['t11', 't00']]);
  });

  it('begins anew where its memory is no longer readable', async () => {
    const lab = await open();
    await lab.sweep({ awake: true });
    await lab.ws
      .store(lab.ws.table('customer'))
      .put('rejected', '_sweep.json', '{"askedAt":"noon","lacking":[7');

    expect(await lab.sweep({ awake: true })).toMatchObject({ checked: 2 });
  });
});

describe('sweep, of exports', () => {
  const exportOf = (name: string, tables: readonly string[], schedule: string | null): ExportConfig => ({
    name,
    target: 'postgres',
    connection: { kind: 'embedded', dir: '/nowhere' },
    tables,
    targetSchema: 'public',
    mode: 'full',
    removeMissing: true,
    connections: 1,
    nonFinite: 'null',
    columnCase: 'keep',
    trigger: { schedule, afterIngestSeconds: null, inNetwork: false },
  });
  const EXPORTS = [
    exportOf('crm', ['customer', 'orders'], 'rate(1 day)'),
    exportOf('shop "x"', ['orders'], 'rate(1 day)'),
    exportOf('by hand', ['customer'], null),
  ];
  const ages = (lab: SweepLab): Record<string, number> =>
    Object.fromEntries(
      lab
        .samples()
        .filter(([name]) => name.startsWith('ExportAge'))
        .map(([name, value]) => [name, Math.round(value / 60)]),
    );

  it('tells since when each expected one lacks a batch', async () => {
    const lab = await open({ exports: EXPORTS });
    await lab.arrives('customer', 'a.parquet');
    await lab.ingest('customer');
    await lab.ws.ledger.exported({ export: 'crm', table: 'customer' }, 1n);
    lab.wait(10);
    await lab.arrives('customer', 'b.parquet', 2);
    await lab.ingest('customer');
    lab.wait(5);
    await lab.arrives('customer', 'c.parquet', 3);
    await lab.ingest('customer');
    lab.wait(20);

    await lab.sweep({ awake: true });

    expect(ages(lab)).toEqual({ 'ExportAge/crm': 25, 'ExportAge/shop "x"': 0 });
  });

  it('counts one that never succeeded from the first batch of its tables', async () => {
    const lab = await open({ exports: EXPORTS });
    await lab.arrives('orders', 'a.parquet');
    await lab.ingest('orders');
    lab.wait(90);

    await lab.sweep({ awake: true });

    expect(ages(lab)).toEqual({ 'ExportAge/crm': 90, 'ExportAge/shop "x"': 90 });
  });

  it('tells 0 once everything was sent', async () => {
    const lab = await open({ exports: EXPORTS.slice(0, 1) });
    for (const table of ['customer', 'orders']) {
      await lab.arrives(table, 'a.parquet');
      await lab.ingest(table);
      await lab.ws.ledger.exported({ export: 'crm', table }, 1n);
    }

    await lab.sweep({ awake: true });

    expect(ages(lab)).toEqual({ 'ExportAge/crm': 0 });
  });

  it('wakes the warehouse to make sure before an export that lagged long ago is told to lag', async () => {
    const lab = await open({ exports: EXPORTS.slice(0, 1) });
    await lab.arrives('customer', 'a.parquet');
    await lab.ingest('customer');
    await lab.sweep({ awake: true });
    lab.samples();

    lab.wait(25 * 60);
    await lab.sweep({ awake: false });
    expect(ages(lab)).toEqual({});
    lab.wait(2 * 60);
    await lab.sweep({ awake: false });

    expect(ages(lab)).toEqual({ 'ExportAge/crm': 27 * 60 });
  });

  it('does not wake it again once that export was seen to have sent everything', async () => {
    const lab = await open({ exports: EXPORTS.slice(0, 1) });
    await lab.arrives('customer', 'a.parquet');
    await lab.ingest('customer');
    await lab.sweep({ awake: true });
    await lab.ws.ledger.exported({ export: 'crm', table: 'customer' }, 1n);
    lab.samples();

    lab.wait(27 * 60);
    await lab.sweep({ awake: false });
    expect(ages(lab)).toEqual({ 'ExportAge/crm': 0 });
    lab.wait(27 * 60);
    await lab.sweep({ awake: false });

    expect(ages(lab)).toEqual({});
  });
});
