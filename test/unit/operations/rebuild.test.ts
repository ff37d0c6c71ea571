import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eraseKey } from '../../../lib/operations/erase.ts';
import { readVersions } from '../../../lib/operations/read-rows.ts';
import { type RebuildProgress, rebuildTable } from '../../../lib/operations/rebuild.ts';
import { completeReload, startReload } from '../../../lib/operations/reload.ts';
import { verifyTable } from '../../../lib/operations/verify.ts';
import { cdcFileName, change, loadFileName } from '../../helpers/change-files.ts';
import type { Dialect, Engine } from '../../../lib/ports.ts';
import { withoutTransactions } from '../../helpers/without-transactions.ts';
import { CUSTOMER, drainLakes, Killed, type Lake, openLake, pick, readAll } from './lake.ts';

afterEach(drainLakes);

const MODES = ['last-change', 'every-change'] as const;
const NO_TARGETS = async () => {};

/**
 * A full load, changes in two batches with a stale one, a new column and a key change, then a reload that drops a row.
 */
async function openStory(history: string, more = ''): Promise<Lake> {
  const lake = await openLake(`keys: [id]\nhistory: ${history}\n${more}`);
  await lake.write(loadFileName(1), [
    change({ op: 'I', at: '10:00', id: 1, name: 'Ann' }),
    change({ op: 'I', at: '10:00', id: 2, name: 'Bob' }),
    change({ op: 'I', at: '10:00', id: 3, name: 'Cyd' }),
  ]);
  await lake.ingest();
  await lake.write(cdcFileName(1), [
    change({ op: 'U', at: '11:00', seq: 1, id: 1, name: 'Eve' }),
    change({ op: 'U', at: '11:00', seq: 2, id: 1, name: 'Ann' }),
    change({ op: 'D', at: '11:00', seq: 3, id: 2 }),
    change({ op: 'U', at: '11:30', seq: 4, id: 7, name: 'Cyd', before: { id: '3' } }),
  ]);
  await lake.ingest();
  const columns = [...CUSTOMER, { name: 'city', type: { kind: 'string' } }] as const;
  await lake.write(
    cdcFileName(2),
    [
      change({ op: 'U', at: '10:30', seq: 0, id: 1, name: 'late', city: null }),
      change({ op: 'I', at: '12:00', seq: 5, id: 2, name: 'Bob', city: 'Rome' }),
    ],
    { columns },
  );
  await lake.ingest();
  await startReload(lake.ws, lake.table);
  await lake.write(loadFileName(1), [change({ op: 'I', at: '10:00', id: 1, name: 'Ann', city: 'Oslo' })], {
    columns,
  });
  await lake.ingest();
  await completeReload(lake.ws, lake.table, { rows: 1 });
  await lake.write(cdcFileName(3), [
    change({ op: 'I', at: '2999-01-01 00:00:00.000000', seq: 6, id: 8, name: 'Zoe' }),
  ]);
  await lake.ingest();
  return lake;
}

describe.each(MODES)('rebuildTable, %s', (history) => {
  it('gives the very same table, bookkeeping and schema included, under another identity', async () => {
    const lake = await openStory(history);
    const before = await lake.history();
    const versions = await readAll(await readVersions(lake.ws, lake.table));
    const head = await lake.ws.ledger.head('customer');
    const seen: RebuildProgress[] = [];

    const report = await rebuildTable(lake.ws, lake.table, { onProgress: (p) => seen.push(p) });

    expect(report).toEqual({ batches: 6, files: 5, rows: 11 });
    expect(await lake.history()).toEqual(before);
    expect(before.length).toBeGreaterThan(6);
    expect(await readAll(await readVersions(lake.ws, lake.table))).toEqual(versions);
    const headAfter = await lake.ws.ledger.head('customer');
    expect(headAfter?.batchId).toBe(head?.batchId);
    expect(headAfter?.historyId).not.toBe(head?.historyId);
    expect(seen.at(-1)).toEqual({
      table: 'customer',
      batchesDone: 6,
      batchesTotal: 6,
      filesDone: 5,
      filesTotal: 5,
      rows: 11,
    });
    expect(await verifyTable(lake.ws, lake.table)).toMatchObject({ healthy: true });
  });

  it('leaves the old table whole when it is killed at any point, and the next one ends as if nothing had been', async () => {
    const lake = await openStory(history);
    const before = await lake.history();
    lake.visited();
    await rebuildTable(lake.ws, lake.table);
    const points = [...new Set(lake.visited().filter((point) => point.startsWith('rebuild.')))];
    expect(points).toEqual([
      'rebuild.claimed',
      'rebuild.begun',
      'rebuild.batch',
      'rebuild.built',
      'rebuild.before-commit',
      'rebuild.swapped',
    ]);
    for (const point of points) {
      const identity = (await lake.ws.ledger.head('customer'))?.historyId;
      lake.killAt(point, point === 'rebuild.batch' ? 3 : 1);
      await expect(rebuildTable(lake.ws, lake.table)).rejects.toThrow(Killed);
      await lake.reopen();
      expect(await lake.history()).toEqual(before);
      if (point !== 'rebuild.swapped')
        expect((await lake.ws.ledger.head('customer'))?.historyId).toBe(identity);
    }

    await rebuildTable(lake.ws, lake.table);

    expect(await lake.history()).toEqual(before);
    expect(await verifyTable(lake.ws, lake.table)).toMatchObject({ healthy: true });
  });

  it('keeps erased keys erased, and what came after the erasure', async () => {
    const lake = await openStory(history);
    await eraseKey(lake.ws, lake.table, { id: '1' }, NO_TARGETS);
    await eraseKey(lake.ws, lake.table, { id: '8' }, NO_TARGETS);
    await lake.write(cdcFileName(4), [
      change({ op: 'U', at: '2999-01-02 00:00:00.000000', seq: 7, id: 8, name: 'Zoe' }),
    ]);
    await lake.ingest();
    const before = await lake.history();
    expect(pick(before, 'id').flat()).not.toContain('1');
    expect(pick(before, 'id').flat()).toContain('8');

    await rebuildTable(lake.ws, lake.table);

    expect(await lake.history()).toEqual(before);
  });
});

/** An engine as a lakehouse is, which tells what it runs. That rows are exchanged is marked: DuckDB has no such statement. */
function lakehouse(statements: string[]): (engine: Engine) => Engine {
  return (engine) => {
    const alone = withoutTransactions(engine);
    const { dialect } = alone;
    const overwriteTable: Dialect['overwriteTable'] = (ref, select) =>
      `/* rows alone */ create or replace table ${dialect.tableName(ref)} as ${select}`;
    const told: Engine = {
      ...alone,
      dialect: { ...dialect, overwriteTable },
      execute: (sql) => {
        statements.push(sql);
        return alone.execute(sql);
      },
      query: (sql) => {
        statements.push(sql);
        return alone.query(sql);
      },
      tagged: () => told,
      transaction: (work) => work(told),
    };
    return told;
  };
}

describe.each(MODES)('rebuildTable on an engine without transactions, %s', (history) => {
  it('merges with the statements of the first time, so that files are passed over as they were then', async () => {
    const statements: string[] = [];
    const merges = (): string[] => statements.splice(0).filter((sql) => sql.startsWith('merge into'));
    const lake = await openLake(`keys: [id]\nhistory: ${history}`);
    await lake.reopen(undefined, { around: lakehouse(statements) });
    for (const [at, id] of ['1', '2', '7'].entries()) {
      await lake.write(cdcFileName(at + 1), [change({ op: 'I', at: '10:00', seq: at, id, name: 'x' })]);
      await lake.ingest();
    }
    const first = merges();
    const before = await lake.history();

    await rebuildTable(lake.ws, lake.table);

    const asBefore = (sql: string): string =>
      sql.replaceAll('_tidemark_rebuild_', '').replaceAll(/_processed\/\d+\//g, '_incoming/');
    expect(merges().map(asBefore)).toEqual(first);
    // Where the only key of the batch lies, in a literal.
    expect(first[2]).toMatch(/"id" = 7\b/);
    expect(await lake.history()).toEqual(before);
  });

  it('asks nothing that only a report of an ingest tells', async () => {
    const statements: string[] = [];
    const counts = (): number => statements.splice(0).filter((sql) => sql.endsWith(') ambiguous')).length;
    const lake = await openLake(`keys: [id]\nhistory: ${history}`);
    await lake.reopen(undefined, { around: lakehouse(statements) });
    const tie = { op: 'I', at: '10:00', seq: 1, id: 1 } as const;
    await lake.write(cdcFileName(1), [change({ ...tie, name: 'x' }), change({ ...tie, name: 'y' })]);
    await lake.ingest();
    const before = await lake.history();
    expect(counts()).toBe(1);

    await rebuildTable(lake.ws, lake.table);

    expect(counts()).toBe(0);
    expect(await lake.history()).toEqual(before);
  });

  it('puts the rows into the table that is there, and into a new one only under other keys', async () => {
    const statements: string[] = [];
    const puts = (): string[] =>
      statements.splice(0).flatMap((sql) => /^.*create or replace table .*(?= as)/.exec(sql)?.[0] ?? []);
    const lake = await openLake(`keys: [id]\nhistory: ${history}`);
    await lake.reopen(undefined, { around: lakehouse(statements) });
    await lake.write(cdcFileName(1), [change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'x' })]);
    await lake.ingest();
    const before = await lake.history();
    puts();

    await rebuildTable(lake.ws, lake.table);
    expect(puts()).toEqual(['/* rows alone */ create or replace table "main"."customer"']);
    expect(await lake.history()).toEqual(before);

    await lake.reopen(`keys: [id, name]\nhistory: ${history}`, { around: lakehouse(statements) });
    await rebuildTable(lake.ws, lake.table);
    expect(puts()).toEqual(['create or replace table "main"."customer"']);
    expect(await lake.history()).toEqual(before);
  });
});

describe('rebuildTable', () => {
  it('lets a person change keys, history mode, tracked columns and types of what is there', async () => {
    const lake = await openLake('keys: [id]');
    await lake.write(cdcFileName(1), [
      change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' }),
      change({ op: 'U', at: '11:00', seq: 2, id: 1, name: 'Eve' }),
      change({ op: 'D', at: '12:00', seq: 3, id: 1, name: 'Eve' }),
    ]);
    await lake.ingest();
    expect(pick(await lake.history(), 'id', 'name', 'current')).toEqual([['1', 'Eve', 'false']]);
    await lake.reopen(
      'keys: [name, id]\nhistory: every-change\ntrack: []\ncolumns: {id: bigint, name: string}',
    );

    await rebuildTable(lake.ws, lake.table);

    const { catalog, schema } = lake.ws.config;
    const columns = await lake.ws.engine.columns({ catalog, schema, name: 'customer' });
    expect(columns?.slice(0, 2)).toEqual([
      { name: 'id', type: { kind: 'int', bits: 64 } },
      { name: 'name', type: { kind: 'string' } },
    ]);
    expect(pick(await lake.history(), 'id', 'name', 'current')).toEqual([
      ['1', 'Ann', 'true'],
      ['1', 'Eve', 'false'],
    ]);
    expect(await verifyTable(lake.ws, lake.table)).toMatchObject({ healthy: true });
  });

  it('names the files that are missing or have changed, and touches nothing', async () => {
    const lake = await openStory('last-change');
    const before = await lake.history();
    const identity = (await lake.ws.ledger.head('customer'))?.historyId;
    await rm(join(lake.store.location('processed'), '1', loadFileName(1)));
    await lake.put('processed', `2/${cdcFileName(1)}`, 'something else');

    await expect(rebuildTable(lake.ws, lake.table)).rejects.toMatchObject({
      code: 'REBUILD_FILES_LOST',
      context: { files: [`1/${loadFileName(1)}`, `2/${cdcFileName(1)}`] },
    });

    expect(await lake.history()).toEqual(before);
    expect((await lake.ws.ledger.head('customer'))?.historyId).toBe(identity);
  });

  it('finds a file that got another name in the processed folder, and one that a crash left in incoming', async () => {
    const lake = await openStory('last-change');
    const before = await lake.history();
    const processed = lake.store.location('processed');
    const second = cdcFileName(1).replace('.parquet', '~2.parquet');
    await rename(join(processed, '2', cdcFileName(1)), join(processed, '2', second));
    await lake.put('processed', `2/${cdcFileName(1)}`, 'in the way');
    await rename(join(processed, '3', cdcFileName(2)), join(lake.store.location('incoming'), cdcFileName(2)));

    await rebuildTable(lake.ws, lake.table);

    expect(await lake.history()).toEqual(before);
  });

  it('names the files that today’s configuration would reject, and touches nothing', async () => {
    const lake = await openStory('last-change');
    const before = await lake.history();
    await lake.reopen('keys: [id]\nschemaEvolution: frozen');
    await expect(rebuildTable(lake.ws, lake.table)).rejects.toMatchObject({
      code: 'REBUILD_FILES_REFUSED',
      message: expect.stringContaining(`${cdcFileName(2)}: SCHEMA_FROZEN`),
    });
    await lake.reopen('keys: [id, name]');
    await expect(rebuildTable(lake.ws, lake.table)).rejects.toMatchObject({
      code: 'REBUILD_FILES_REFUSED',
      message: expect.stringContaining(`${cdcFileName(1)}: NULL_KEY`),
    });
    await lake.reopen('keys: [id]');

    expect(await lake.history()).toEqual(before);
    const shadows = await lake.ws.engine.query(
      "select table_name from duckdb_tables() where table_name like '%rebuild%'",
    );
    expect(shadows).toEqual([]);
  });

  it('drops what a killed one left behind', async () => {
    const lake = await openStory('last-change');
    const before = await lake.history();
    const { dialect } = lake.ws.engine;
    const left = dialect.tableName({
      catalog: '',
      schema: lake.ws.config.schema,
      name: '_tidemark_rebuild_customer',
    });
    await lake.ws.engine.execute(`create table ${left} as select 1 as half_built`);

    await rebuildTable(lake.ws, lake.table);

    expect(await lake.history()).toEqual(before);
  });

  it('refuses to bring back an erased key that it could no longer tell', async () => {
    const lake = await openStory('last-change');
    await eraseKey(lake.ws, lake.table, { id: '1' }, NO_TARGETS);
    await lake.ws.engine.execute(
      `update ${lake.ws.engine.dialect.quoteIdentifier(lake.ws.config.schema)}."_tidemark_erasures" set key_columns = '["old_id"]'`,
    );

    await expect(rebuildTable(lake.ws, lake.table)).rejects.toMatchObject({ code: 'REBUILD_ERASURE_LOST' });
  });

  it('has nothing to build from before the first ingest', async () => {
    const lake = await openLake();

    await expect(rebuildTable(lake.ws, lake.table)).rejects.toMatchObject({ code: 'NO_HISTORY_YET' });
  });

  it('rebuilds composite keys and hostile names', async () => {
    const lake = await openLake("keys: ['k\"1', current_date]\nhistory: every-change", 'od"d ta\'ble');
    const columns = [
      { name: 'k"1', type: { kind: 'string' } },
      { name: 'current_date', type: { kind: 'int', bits: 32 } },
      { name: 'it’s; --', type: { kind: 'double' } },
    ] as const;
    const row = { 'k"1': "'", current_date: 1 };
    await lake.write(
      `a "b"/c*[d]/${cdcFileName(1)}`,
      [
        change({ op: 'I', at: '10:00', seq: 1, ...row, 'it’s; --': 'NaN' }),
        change({ op: 'U', at: '10:00', seq: 2, ...row, 'it’s; --': '-Infinity' }),
      ],
      { columns },
    );
    await lake.ingest();
    const before = await lake.history();

    await rebuildTable(lake.ws, lake.table);

    expect(await lake.history()).toEqual(before);
    expect(pick(before, 'it’s; --')).toEqual([['NaN'], ['-Infinity']]);
  });
});
