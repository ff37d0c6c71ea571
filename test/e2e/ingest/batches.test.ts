import { afterEach, describe, expect, it } from 'vitest';
import type { Column } from '../../../lib/config/column-type.ts';
import { TransientError } from '../../../lib/errors.ts';
import { ingestTables } from '../../../lib/ingest/ingest-tables.ts';
import type { FileStore } from '../../../lib/ports.ts';
import { createStores } from '../../../lib/open-store.ts';
import { copyFile, cp, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type ChangeFileOptions,
  change,
  type ChangeShorthand,
  cdcFileName,
  loadFileName,
  writeChangeFile,
} from '../../helpers/change-files.ts';
import { createLab, type Lab, COLUMNS, columnsOf, insert } from './ingest-lab.ts';

let lab: Lab;
afterEach(() => lab.remove());

const deliver = (
  name: string,
  changes: readonly ChangeShorthand[],
  columns: readonly Column[] = COLUMNS,
  options: ChangeFileOptions = {},
) => lab.deliver(name, { columns, changes: changes.map(change), options });

/** The store with something done before, and something after, the named calls. */
function around(
  store: FileStore,
  names: readonly string[],
  before: () => Promise<void>,
  after: () => void = () => {},
): FileStore {
  return new Proxy(store, {
    get: (target, name: keyof FileStore) => {
      const found = target[name];
      if (typeof found !== 'function') return found;
      const call = found.bind(target) as (...args: unknown[]) => unknown;
      if (!names.includes(name)) return call;
      return async (...args: unknown[]) => {
        await before();
        try {
          return await call(...args);
        } finally {
          after();
        }
      };
    },
  });
}

describe('a batch', () => {
  it('of a full load never holds captured changes: the load comes first', async () => {
    lab = await createLab({ keys: 'id' });
    await deliver(cdcFileName(1), [insert(1, { op: 'U', seq: 1, name: 'changed' })]);
    await deliver(loadFileName(1), [insert(1, { at: '08:00', seq: null })]);
    await deliver(loadFileName(16), [insert(2, { at: '08:00', seq: null })]);
    expect(await lab.ingest()).toMatchObject({ batches: 2, files: 3, opened: 3, closed: 1 });
    expect(await lab.files('processed')).toEqual([
      `1/${loadFileName(1)}`,
      `1/${loadFileName(16)}`,
      `2/${cdcFileName(1)}`,
    ]);
    const kinds = await lab.use((ws) =>
      ws.engine.query(`select kind from "_tidemark_batches" where status = 'applied' order by batch_id`),
    );
    expect(kinds).toEqual([['first-load'], ['merge']]);
  });

  it('ends at maxFiles and at maxBytes, and a file larger than that is a batch of its own', async () => {
    lab = await createLab({ keys: 'id' });
    for (const n of [1, 2, 3, 4]) await deliver(cdcFileName(n), [insert(n)]);
    const name = Array.from({ length: 20_000 }, (_, n) => (n * 7919) % 104_729).join();
    await deliver(cdcFileName(5), [insert(5, { name })]);
    await deliver(cdcFileName(6), [insert(6)]);
    const report = await lab.ingest({ ingest: { batch: { maxFiles: 3, maxBytes: 2_000 } } });
    expect(report).toMatchObject({ error: null, files: 6, waiting: 0 });
    expect(await lab.files('processed')).toEqual([
      `1/${cdcFileName(1)}`,
      `1/${cdcFileName(2)}`,
      `2/${cdcFileName(3)}`,
      `2/${cdcFileName(4)}`,
      `3/${cdcFileName(5)}`,
      `4/${cdcFileName(6)}`,
    ]);
  });

  it('is the last one when the caller says so, and the rest waits', async () => {
    lab = await createLab({ keys: 'id', batch: { maxFiles: 1 } });
    for (const n of [1, 2, 3]) await deliver(cdcFileName(n), [insert(n)]);
    expect(await lab.ingest({ ingest: { maxBatches: 2 } })).toMatchObject({
      batches: 2,
      files: 2,
      waiting: 1,
    });
    expect(await lab.ingest({ ingest: { mayStartBatch: () => false } })).toMatchObject({
      batches: 0,
      waiting: 1,
    });
    expect(await lab.files('incoming')).toEqual([cdcFileName(3)]);
  });

  it('takes no file that appeared during the run; the next run does', async () => {
    lab = await createLab({ keys: 'id', batch: { maxFiles: 1 } });
    await deliver(cdcFileName(2), [insert(2)]);
    await deliver(cdcFileName(3), [insert(3)]);
    const faults = {
      async at(point: string) {
        if (point === 'ingest.started') await deliver(cdcFileName(1), [insert(1)]);
      },
    };
    expect(await lab.ingest({ faults })).toMatchObject({ batches: 2, files: 2 });
    expect(await lab.files('incoming')).toEqual([cdcFileName(1)]);
    expect(await lab.ingest()).toMatchObject({ batches: 1, files: 1 });
  });

  it.each(['identify', 'readRange'] as const)(
    'of which a file vanishes between the listing and %s applies nothing, and may be tried again',
    async (call) => {
      lab = await createLab({ keys: 'id' });
      await deliver(cdcFileName(1), [insert(1)]);
      await deliver(cdcFileName(2), [insert(2)]);
      const report = await lab.ingest({
        deps: (deps) => ({
          ...deps,
          store: around(deps.store, [call], () => rm(lab.path('incoming', cdcFileName(2)), { force: true })),
        }),
      });
      expect(report).toMatchObject({ files: 0, error: { code: 'FILE_VANISHED' } });
      expect(report.error).toBeInstanceOf(TransientError);
      expect(await lab.rows()).toEqual([]);
      expect(await lab.ingest()).toMatchObject({ files: 1, error: null });
    },
  );

  it('of which a file vanishes before the merge reads it applies nothing, and may be tried again', async () => {
    lab = await createLab({ keys: 'id' });
    await deliver(cdcFileName(1), [insert(1)]);
    await deliver(cdcFileName(2), [insert(2)]);
    const faults = {
      async at(point: string) {
        if (point === 'ingest.started') await rm(lab.path('incoming', cdcFileName(2)));
      },
    };
    const report = await lab.ingest({ faults });
    expect(report).toMatchObject({ files: 0, error: { code: 'FILE_VANISHED' } });
    expect(report.error).toBeInstanceOf(TransientError);
    expect(await lab.rows()).toEqual([]);
    expect(await lab.ingest()).toMatchObject({ files: 1, error: null });
    expect((await lab.rows()).map((row) => row.id)).toEqual(['1']);
  });

  it('reads a file that says nanoseconds beside one whose microseconds reach further', async () => {
    lab = await createLab({ keys: 'id' });
    const columns = columnsOf({ id: 'int', v: 'timestamp' });
    await deliver('a.parquet', [insert(1, { v: '2026-01-01 00:00:00.123456789' })], columns, {
      types: { v: 'timestamp_ns' },
    });
    await deliver('b.parquet', [insert(2, { v: '9999-12-31 23:59:59.999999' })], columns);
    expect(await lab.ingest()).toMatchObject({ error: null, files: 2, rejected: [] });
    expect((await lab.rows()).map((row) => row.v)).toEqual([
      '2026-01-01 00:00:00.123456',
      '9999-12-31 23:59:59.999999',
    ]);
  });

  it('of 2,000 small files is bounded in files open and memory held', async () => {
    lab = await createLab({ keys: 'id', batch: { maxFiles: 700 } });
    const template = join(dirname(lab.store.location('incoming')), 'template.parquet');
    await deliver('first.parquet', [insert(1)]);
    await lab.ingest();
    await writeChangeFile(template, {
      columns: COLUMNS,
      changes: [change(insert(1, { op: 'U', at: '10:00' }))],
    });
    await mkdir(lab.store.location('incoming'), { recursive: true });
    for (let n = 1; n <= 2_000; n += 1) await copyFile(template, lab.path('incoming', cdcFileName(n)));
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    let open = 0;
    const report = await lab.ingest({
      deps: (deps) => ({
        ...deps,
        store: around(
          deps.store,
          ['identify', 'readRange', 'move'],
          async () => {
            open += 1;
            most = Math.max(most, open);
          },
          () => {
            open -= 1;
          },
        ),
      }),
    });
    expect(report).toMatchObject({ error: null, batches: 3, files: 2_000, rows: 2_000, waiting: 0 });
    expect(most).toBeLessThanOrEqual(8);
    expect((process.memoryUsage().heapUsed - before) / 2 ** 20).toBeLessThan(100);
    expect(await lab.rows()).toHaveLength(1);
  });
});

it('a table that cannot go on never stops the next one', async () => {
  lab = await createLab({ keys: 'id' });
  await deliver('a.parquet', [insert(1)]);
  const people = { ...lab.table, name: 'people' };
  const reports = await lab.use(async (ws) => {
    await cp(lab.store.location('incoming'), createStores(ws.config)(people).location('incoming'), {
      recursive: true,
    });
    return ingestTables([lab.table, people], (table) => {
      const deps = ws.ingestDeps(table);
      if (table === people) return deps;
      return {
        ...deps,
        engine: { ...deps.engine, columns: () => Promise.reject(new Error('no such luck')) },
      };
    });
  });
  expect(reports).toMatchObject([
    { table: 'orders', files: 0, waiting: 1, error: { code: 'UNEXPECTED' } },
    { table: 'people', files: 1, waiting: 0, error: null },
  ]);
});
