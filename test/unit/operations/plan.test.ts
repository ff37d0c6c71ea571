import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { planTable } from '../../../lib/operations/plan.ts';
import { startReload } from '../../../lib/operations/reload.ts';
import type { WorkspaceOptions } from '../../../lib/open-workspace.ts';
import { cdcFileName, change, loadFileName } from '../../helpers/change-files.ts';
import { CUSTOMER, drainLakes, type Lake, openLake } from './lake.ts';

afterEach(drainLakes);

const WIDER = [
  { name: 'id', type: { kind: 'int', bits: 64 } },
  { name: 'name', type: { kind: 'string' } },
  { name: 'city', type: { kind: 'string' } },
] as const;

const BOUNDS = 'keys: [id]\nbatch: {maxFiles: 1}';

/** A full load, two captured files of which the second widens, and a file that is none. */
async function writeStory(lake: Lake): Promise<void> {
  await lake.write(loadFileName(1), [change({ op: 'I', at: '10:00', id: 1, name: 'Ann' })]);
  await lake.write(cdcFileName(1), [
    change({ op: 'U', at: '11:00', seq: 1, id: 1, name: 'Eve' }),
    change({ op: 'I', at: '11:00', seq: 2, id: 2, name: 'Bob' }),
  ]);
  await lake.write(
    cdcFileName(2),
    [change({ op: 'U', at: '12:00', seq: 3, id: 2, name: 'Bo', city: 'Rome' })],
    {
      columns: WIDER,
    },
  );
  await lake.put('incoming', 'torn.parquet', 'PAR1 torn');
}

/** What the ledger recorded, in the form of a plan. */
async function ingested(lake: Lake) {
  const batches = await lake.ws.ledger.batches('customer');
  return Promise.all(
    batches.map(async ({ batchId, kind, rows }) => ({
      id: String(batchId),
      kind,
      rows,
      files: (await lake.ws.ledger.appliedIn('customer', batchId)).map((file) => file.path).sort(),
    })),
  );
}

const planned = (plan: Awaited<ReturnType<typeof planTable>>) =>
  plan.batches.map(({ id, kind, rows, files }) => ({
    id,
    kind,
    rows,
    files: files.map((file) => file.path),
  }));

describe('planTable', () => {
  it.each([
    [BOUNDS, { readOnly: true }],
    [BOUNDS, {}],
    ['keys: [id]', { readOnly: true }],
    ['keys: [id]\nhistory: every-change\nbatch: {maxFiles: 2}', {}],
  ] as [string, WorkspaceOptions][])('foresees what ingest then does (%s, %o)', async (settings, options) => {
    const lake = await openLake(settings);
    await lake.ws.close();
    await rm(join(lake.dir, 'history.duckdb'), { force: true });
    lake.ws = { ...lake.ws, close: async () => {} };
    await writeStory(lake);
    await lake.reopen(undefined, options);
    const before = await lake.paths('incoming');

    const plan = await planTable(lake.ws, lake.table);

    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(await lake.paths('incoming')).toEqual(before);
    expect(
      await lake.ws.engine.columns({ catalog: '', schema: lake.ws.config.schema, name: 'customer' }),
    ).toBeNull();
    await lake.reopen(undefined, {});
    const report = await lake.ingest();
    expect(planned(plan)).toEqual(await ingested(lake));
    expect(plan.rejections).toEqual(report.rejected);
    expect(plan).toMatchObject({ table: 'customer', waiting: 4, alreadyApplied: [], startedBatch: null });
  });

  it('shows how the schema grows from batch to batch, in SQL that runs as it is', async () => {
    const lake = await openLake(BOUNDS);
    await writeStory(lake);

    const { batches } = await planTable(lake.ws, lake.table);

    expect(batches.map((batch) => batch.schema)).toEqual([
      {
        create: [
          { name: 'id', type: 'int32' },
          { name: 'name', type: 'string' },
        ],
        added: [],
        widened: [],
      },
      { create: null, added: [], widened: [] },
      {
        create: null,
        added: [{ name: 'city', type: 'string' }],
        widened: [{ name: 'id', from: 'int32', to: 'int64' }],
      },
    ]);
    for (const { sql } of batches) {
      for (const statement of sql.schema) await lake.ws.engine.execute(statement);
      await lake.ws.engine.query(sql.check);
      await lake.ws.engine.transaction(async (session) => {
        if (sql.stage) await session.execute(sql.stage);
        await session.execute(sql.apply);
        if (sql.counts) await session.query(sql.counts);
        if (sql.cleanup) await session.execute(sql.cleanup);
      });
    }
    const byHand = await lake.history();
    const clean = await openLake(BOUNDS);
    await writeStory(clean);
    await clean.ingest();
    expect(byHand).toEqual(await clean.history());
  });

  it('names files that were applied before and would only be moved', async () => {
    const lake = await openLake();
    const again = [change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' })];
    await lake.write(cdcFileName(1), again);
    await lake.ingest();
    await lake.write(cdcFileName(1), again);
    await lake.write(cdcFileName(2), again);

    const plan = await planTable(lake.ws, lake.table);

    expect(plan.alreadyApplied).toEqual([cdcFileName(1)]);
    expect(planned(plan)).toEqual([{ id: '2', kind: 'merge', rows: 1, files: [cdcFileName(2)] }]);
  });

  it('plans a file again whose name was applied with other content, or in another load', async () => {
    const lake = await openLake();
    const load = [change({ op: 'I', at: '10:00', id: 1, name: 'Ann' })];
    await lake.write(loadFileName(1), load);
    await lake.write(cdcFileName(1), [change({ op: 'U', at: '11:00', seq: 1, id: 1, name: 'Eve' })]);
    await lake.ingest();
    await startReload(lake.ws, lake.table);
    await lake.write(loadFileName(1), load);
    await lake.write(cdcFileName(1), [change({ op: 'U', at: '12:00', seq: 2, id: 1, name: 'Eva' })]);

    const { alreadyApplied, batches } = await planTable(lake.ws, lake.table);

    expect(alreadyApplied).toEqual([]);
    expect(batches.flatMap((b) => b.files.map((f) => [b.id, f.path, f.fullLoad, f.generation]))).toEqual([
      ['3', loadFileName(1), true, 1],
      ['4', cdcFileName(1), false, 0],
    ]);
  });

  it('takes up a started batch first, with its id, and says which of its files are gone', async () => {
    const lake = await openLake('keys: [id]\nbatch: {maxFiles: 2}');
    for (const n of [2, 3])
      await lake.write(cdcFileName(n), [change({ op: 'I', at: '10:00', seq: n, id: n, name: 'x' })]);
    lake.killAt('ingest.started');
    await expect(lake.ingest()).rejects.toThrow();
    await lake.write(cdcFileName(1), [change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'x' })]);
    await rm(join(lake.store.location('incoming'), cdcFileName(3)));

    const plan = await planTable(lake.ws, lake.table);

    expect(plan.startedBatch).toEqual({ id: '1', files: [cdcFileName(2)], missing: [cdcFileName(3)] });
    expect(plan.batches.map(({ id, resumed, files }) => [id, resumed, files.map((f) => f.path)])).toEqual([
      ['1', true, [cdcFileName(2)]],
      ['2', false, [cdcFileName(1)]],
    ]);
    await lake.ingest();
    expect((await ingested(lake)).map(({ id, files }) => [id, files])).toEqual([
      ['1', [cdcFileName(2)]],
      ['2', [cdcFileName(1)]],
    ]);
  });

  it('only moves what a batch that ended left behind, and takes no id for it', async () => {
    const lake = await openLake();
    await lake.write(cdcFileName(1), [change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'x' })]);
    lake.killAt('ingest.before-moves');
    await expect(lake.ingest()).rejects.toThrow();
    await lake.write(cdcFileName(2), [change({ op: 'I', at: '10:00', seq: 2, id: 2, name: 'x' })]);

    const plan = await planTable(lake.ws, lake.table);

    expect(plan).toMatchObject({ waiting: 2, startedBatch: null, alreadyApplied: [cdcFileName(1)] });
    expect(planned(plan)).toEqual([{ id: '2', kind: 'merge', rows: 1, files: [cdcFileName(2)] }]);
    await lake.ingest();
    expect((await ingested(lake)).at(-1)).toEqual(planned(plan)[0]);
  });

  it('rejects by schema without a trace in the batches after it, under hostile names', async () => {
    const lake = await openLake('keys: [id]\nschemaEvolution: frozen', 'we "ird" tab\'le');
    const path = `a b/c"d'/${cdcFileName(1)}`;
    await lake.write(path, [change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'x' })]);
    await lake.write(
      cdcFileName(2),
      [change({ op: 'I', at: '10:00', seq: 2, id: 2, name: 'x', city: 'y' })],
      {
        columns: [...CUSTOMER, WIDER[2]],
      },
    );

    const plan = await planTable(lake.ws, lake.table);

    expect(plan.rejections).toEqual([
      { path: cdcFileName(2), code: 'SCHEMA_FROZEN', message: expect.stringContaining('"city"') },
    ]);
    expect(planned(plan)).toEqual([{ id: '1', kind: 'merge', rows: 1, files: [path] }]);
  });
});
