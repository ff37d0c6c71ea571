import { rename, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Column } from '../../../lib/config/column-type.ts';
import { TransientError } from '../../../lib/errors.ts';
import { ingestTable } from '../../../lib/ingest/ingest-table.ts';
import type { Clock, Engine, Faults } from '../../../lib/ports.ts';
import { cdcFileName, change, type ChangeShorthand } from '../../helpers/change-files.ts';
import { createLab, type Lab } from './ingest-lab.ts';

const COLUMNS: readonly Column[] = [
  { name: 'id', type: { kind: 'int', bits: 32 } },
  { name: 'name', type: { kind: 'string' } },
];

let lab: Lab;
beforeEach(async () => {
  lab = await createLab({ keys: 'id', history: 'every-change' });
});
afterEach(() => lab.remove());

const deliver = (name: string, ...changes: ChangeShorthand[]) =>
  lab.deliver(name, { columns: COLUMNS, changes: changes.map(change) });

const insert = (id: number, name = 'x'): ChangeShorthand => ({ op: 'I', at: '09:00', seq: id, id, name });

const query = (sql: string) => lab.use((ws) => ws.engine.query(sql));

const names = async () => (await lab.rows()).map((row) => row.name);

const batches = () =>
  query(
    `select cast(batch_id as varchar), status from "_tidemark_batches" where batch_id is not null and status <> 'released' order by batch_id, recorded_at`,
  );

/** Ends the run when it passes a point for the first time. */
const endAt = (point: string): Faults => ({
  async at(passed) {
    if (passed === point) throw new TransientError('CRASHED', 'the test ends the run here');
  },
});

describe('the lease', () => {
  it('lets one of two workers write; the other one says the table is busy, and nothing is lost', async () => {
    for (const n of [1, 2, 3]) await deliver(cdcFileName(n), insert(n));
    const [one, other] = await lab.use((ws) =>
      Promise.all([ingestTable(ws.ingestDeps(lab.table)), ingestTable(ws.ingestDeps(lab.table))]),
    );
    const reports = [one!, other!].sort((a, b) => b.files - a.files);
    expect(reports[0]).toMatchObject({ error: null, files: 3, batches: 1, waiting: 0 });
    expect(reports[1]).toMatchObject({ files: 0, error: { code: 'TABLE_BUSY' } });
    expect(reports[1]!.error).toBeInstanceOf(TransientError);
    expect(await lab.rows()).toHaveLength(3);
    expect(await lab.ingest()).toMatchObject({ error: null, files: 0, waiting: 0 });
  });

  const setHead = (assignments: string) =>
    lab.use((ws) => ws.engine.execute(`update "_tidemark_heads" set ${assignments}`));

  it('left behind by a process that died is taken over at once: one process has the database at a time', async () => {
    await deliver(cdcFileName(1), insert(1));
    await lab.use((ws) => ws.ledger.claim('orders', 'worker'));
    await setHead(`owner = 'a-dead-process/worker', expires_at = timestamptz '2999-01-01T00:00:00Z'`);
    expect(await lab.ingest()).toMatchObject({ error: null, files: 1 });
    expect(await names()).toEqual(['x']);
  });

  it('of a worker of the same process holds until it expires, then is taken over', async () => {
    await deliver(cdcFileName(1), insert(1));
    await lab.use((ws) => ws.ledger.claim('orders', 'worker'));
    expect(await lab.ingest()).toMatchObject({ files: 0, waiting: 1, error: { code: 'TABLE_BUSY' } });
    expect(await lab.files('incoming')).toEqual([cdcFileName(1)]);
    await setHead(`expires_at = timestamptz '2020-01-01T00:00:00Z'`);
    expect(await lab.ingest()).toMatchObject({ files: 1, error: null });
  });

  it.each(['ingest.claimed', 'ingest.started', 'ingest.schema-ready'])(
    'lost to another worker at %s: nothing is applied, and the next run applies all',
    async (point) => {
      await deliver(cdcFileName(1), insert(1));
      const clock: Clock = { now: () => '2026-01-01T00:00:00.000000Z' };
      const later: Clock = { now: () => '2026-01-01T01:00:00.000000Z' };
      const report = await lab.use(
        async (ws) => {
          const faults: Faults = {
            async at(passed) {
              if (passed !== point) return;
              // Another worker whose clock says that the lease has expired.
              await ws.engine.execute(
                `update "_tidemark_heads" set fence = fence + 1, owner = 'another/worker', expires_at = timestamptz '${later.now()}'`,
              );
            },
          };
          return ingestTable({ ...ws.ingestDeps(lab.table), faults });
        },
        { clock },
      );
      expect(report).toMatchObject({ files: 0, batches: 0, waiting: 1, error: { code: 'LEASE_LOST' } });
      expect(report.error).toBeInstanceOf(TransientError);
      expect(await lab.rows()).toEqual([]);
      expect(await lab.files('incoming')).toEqual([cdcFileName(1)]);
      const [head] = await query(`select owner from "_tidemark_heads"`);
      expect(head).toEqual(['another/worker']);
      expect(await lab.ingest()).toMatchObject({ error: null, files: 1 });
      expect(await names()).toEqual(['x']);
    },
  );

  it('lost before the batch began leaves the schema alone', async () => {
    await deliver(cdcFileName(1), insert(1));
    await lab.use(async (ws) => {
      const faults: Faults = {
        async at(passed) {
          if (passed === 'ingest.claimed')
            await ws.engine.execute('update "_tidemark_heads" set fence = fence + 1');
        },
      };
      await ingestTable({ ...ws.ingestDeps(lab.table), faults });
    });
    expect(await lab.types()).toEqual({});
  });
});

describe('a file', () => {
  it('that was applied and came back is only moved', async () => {
    await deliver('a.parquet', insert(1));
    await lab.ingest();
    const before = await lab.rows();
    await rename(lab.path('processed', '1/a.parquet'), lab.path('incoming', 'a.parquet'));
    expect(await lab.ingest()).toMatchObject({
      error: null,
      files: 0,
      batches: 0,
      alreadyApplied: 1,
      waiting: 0,
    });
    expect(await lab.files('processed')).toEqual(['1/a.parquet']);
    expect(await lab.rows()).toEqual(before);
    expect(await batches()).toEqual([
      ['1', 'started'],
      ['1', 'applied'],
    ]);
  });

  it('of a run that ended in good order is asked for no more, and of one that did not it is', async () => {
    const asked: string[] = [];
    const around = (inner: Engine): Engine => ({
      ...inner,
      query: async (sql) => {
        asked.push(sql);
        return inner.query(sql);
      },
    });
    const looks = async (): Promise<number> => {
      asked.length = 0;
      expect(await lab.ingest({ around })).toMatchObject({ error: null, waiting: 0 });
      return asked.filter((sql) => sql.includes('taken')).length;
    };
    await deliver('a.parquet', insert(1));
    await lab.ingest();
    await deliver('b.parquet', insert(2));
    expect(await looks()).toBe(0);

    await deliver('c.parquet', insert(3));
    expect(await lab.ingest({ faults: endAt('ingest.before-moves') })).toMatchObject({ waiting: 1 });
    expect(await looks()).toBe(1);
    await deliver('d.parquet', insert(4));
    expect(await looks()).toBe(0);
    expect(await lab.files('processed')).toHaveLength(4);
  });

  it('of a known name with other content is a new file', async () => {
    await deliver('a.parquet', insert(1));
    await lab.ingest();
    await deliver('a.parquet', insert(2, 'y'));
    expect(await lab.ingest()).toMatchObject({ error: null, files: 1, alreadyApplied: 0, opened: 1 });
    expect(await names()).toEqual(['x', 'y']);
    expect(await lab.files('processed')).toEqual(['1/a.parquet', '2/a.parquet']);
  });

  it('of known content under another name is applied again, and changes nothing', async () => {
    await deliver('a.parquet', insert(1));
    await lab.ingest();
    const before = await lab.rows();
    await deliver('b.parquet', insert(1));
    expect(await lab.ingest()).toMatchObject({ error: null, files: 1, opened: 0, closed: 0, unchanged: 1 });
    expect(await lab.rows()).toEqual(before);
  });

  it('that replaced a file of a started batch is not of that batch', async () => {
    await deliver('a.parquet', insert(1));
    await deliver('b.parquet', insert(2));
    await lab.ingest({ faults: endAt('ingest.started') });
    await deliver('b.parquet', insert(3, 'other'));
    expect(await lab.ingest()).toMatchObject({ error: null, batches: 2, files: 2 });
    expect(await lab.files('processed')).toEqual(['1/a.parquet', '2/b.parquet']);
    expect(await query(`select path, status from "_tidemark_files" where status = 'missing'`)).toEqual([
      ['b.parquet', 'missing'],
    ]);
  });
});

describe('a started batch', () => {
  it('is taken up with its id and its files, whatever arrived and whatever the bounds are now', async () => {
    for (const n of [2, 3]) await deliver(cdcFileName(n), insert(n));
    await lab.ingest({ faults: endAt('ingest.before-commit') });
    for (const n of [1, 4]) await deliver(cdcFileName(n), insert(n));
    const report = await lab.ingest({ ingest: { batch: { maxFiles: 1, maxBytes: 1 } } });
    expect(report).toMatchObject({ error: null, batches: 3, files: 4, waiting: 0 });
    expect(await lab.files('processed')).toEqual([
      `1/${cdcFileName(2)}`,
      `1/${cdcFileName(3)}`,
      `2/${cdcFileName(1)}`,
      `3/${cdcFileName(4)}`,
    ]);
  });

  it('whose run took everything leaves nothing waiting in the report', async () => {
    await deliver(cdcFileName(1), insert(1));
    await lab.ingest({ faults: endAt('ingest.merged') });
    const seen: object[] = [];
    const report = await lab.ingest({ ingest: { onProgress: (progress) => seen.push(progress) } });
    expect(report).toMatchObject({ error: null, batches: 1, waiting: 0 });
    expect(seen).toEqual([{ table: 'orders', filesDone: 1, filesTotal: 1, rows: 1 }]);
  });

  it('of which a file vanished goes on without it, and the ledger says so', async () => {
    await deliver('a.parquet', insert(1));
    await deliver('b.parquet', insert(2));
    await lab.ingest({ faults: endAt('ingest.started') });
    await rm(lab.path('incoming', 'b.parquet'));
    expect(await lab.ingest()).toMatchObject({ error: null, batches: 1, files: 1 });
    expect(await names()).toEqual(['x']);
    const events = await query(
      `select distinct path, status, cast(batch_id as varchar) from "_tidemark_files" where status in ('applied', 'missing') order by path`,
    );
    expect(events).toEqual([
      ['a.parquet', 'applied', '1'],
      ['b.parquet', 'missing', '1'],
    ]);
  });

  it('of which every file vanished is given up, and the next batch is another', async () => {
    await deliver('a.parquet', insert(1));
    await lab.ingest({ faults: endAt('ingest.started') });
    await rm(lab.path('incoming', 'a.parquet'));
    await deliver('b.parquet', insert(2));
    expect(await lab.ingest()).toMatchObject({ error: null, batches: 1, files: 1, waiting: 0 });
    expect(await batches()).toEqual([
      ['1', 'started'],
      ['1', 'abandoned'],
      ['2', 'started'],
      ['2', 'applied'],
    ]);
    expect(await lab.ingest()).toMatchObject({ error: null, batches: 0 });
  });

  it('is not confused with an orderly one: a run that only moves begins no batch', async () => {
    await deliver('a.parquet', insert(1));
    await lab.ingest({ faults: endAt('ingest.applied') });
    expect(await lab.files('incoming')).toEqual(['a.parquet']);
    expect(await lab.ingest()).toMatchObject({ error: null, batches: 0, alreadyApplied: 1, waiting: 0 });
    expect(await batches()).toHaveLength(2);
  });
});

it('batch ids have no holes, whether a batch is refused, a table busy, or there is nothing to do', async () => {
  await deliver(cdcFileName(1), insert(1));
  await lab.ingest();
  await lab.deliverBytes(cdcFileName(2), 'not parquet');
  await lab.ingest();
  await lab.ingest();
  await deliver(cdcFileName(3), { ...insert(3), id: null });
  await lab.ingest();
  await deliver(cdcFileName(4), insert(4));
  await lab.ingest();
  await deliver(cdcFileName(5), insert(5));
  await deliver(cdcFileName(6), insert(6));
  await lab.ingest({ ingest: { batch: { maxFiles: 1, maxBytes: 1 } } });
  const applied = (await batches()).filter(([, status]) => status === 'applied').map(([id]) => id);
  expect(applied).toEqual(['1', '2', '3', '4']);
});
