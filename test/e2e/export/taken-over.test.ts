import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setup } from '../../../lib/catalog/setup.ts';
import type { Column } from '../../../lib/config/column-type.ts';
import { duckdbDialect } from '../../../lib/engines/duckdb/dialect.ts';
import { type ExportedTable, type ExportHarness, openExportHarness, readTarget } from './harness.ts';

const COLUMNS: readonly Column[] = [
  { name: 'id', type: { kind: 'int', bits: 64 } },
  { name: 'name', type: { kind: 'string' } },
];

const PAST = "'2024-01-01 10:00:00Z'";

describe('a table that setup took over', () => {
  let harness: ExportHarness;
  beforeAll(async () => {
    harness = await openExportHarness();
  });
  afterAll(() => harness?.close());

  /** A table as others made and filled it: the source's columns, `current`, and two dates. */
  async function foreign(...rows: readonly string[]): Promise<ExportedTable> {
    const table = harness.table({ keys: ['id'] });
    await run(
      table,
      `create table $t (id bigint, name varchar, "current" boolean, effective_date timestamptz, end_date timestamptz)`,
      ...rows.map((row) => `insert into $t values (${row})`),
    );
    return table;
  }

  async function run(table: ExportedTable, ...statements: readonly string[]): Promise<void> {
    const { config, engine } = table.workspace();
    const name = duckdbDialect.tableName({ ...config, name: table.name });
    for (const sql of statements) await engine.execute(sql.replace('$t', name));
  }

  const read = (table: ExportedTable) => readTarget(harness.database, table.name, COLUMNS);
  const takeOver = async (table: ExportedTable): Promise<void> => {
    const found = await setup(table.workspace(), { dryRun: false });
    expect(found.find(({ kind }) => kind === 'history')?.state).toBe('migrated');
  };

  it('is exported before its first batch', async () => {
    const table = await foreign(
      `1, 'Ann', false, ${PAST}, '2024-02-01 00:00:00Z'`,
      `1, 'Eve', true, '2024-02-01 00:00:00Z', null`,
      `2, 'Bob', false, ${PAST}, '2024-02-01 00:00:00Z'`,
    );
    await takeOver(table);

    expect(await table.report()).toMatchObject({ rows: 1, batchId: '0', empty: false, error: null });
    expect(await read(table)).toEqual([{ id: '1', name: 'Eve' }]);
    const past = { asOf: '2024-01-15T00:00:00.000000Z', replace: true };
    expect(await table.export({}, past)).toMatchObject({ rows: 2 });
  });

  it('is exported in full once more after its first batch, then incrementally', async () => {
    const table = await foreign(`1, 'Ann', true, ${PAST}, null`);
    await takeOver(table);
    await table.export();
    // Whoever kept it goes on, and nothing tells his row from those of before.
    await run(table, `insert into $t (id, name, "current", effective_date) values (2, 'Bob', true, ${PAST})`);
    await takeOver(table);
    await table.ingest(COLUMNS, [{ op: 'I', at: '10:00', seq: 1, id: 3, name: 'Cyd' }]);

    expect(await table.export()).toMatchObject({
      mode: 'full',
      reason: 'the target was filled before the first batch',
      rows: 3,
      removed: 0,
    });
    await table.ingest(COLUMNS, [{ op: 'D', at: '11:00', seq: 2, id: 1 }]);

    expect(await table.export()).toMatchObject({ mode: 'delta', removed: 1, upserted: 0 });
    expect(await read(table)).toEqual([
      { id: '2', name: 'Bob' },
      { id: '3', name: 'Cyd' },
    ]);
  });

  it('empties no target while it has no rows', async () => {
    const table = await foreign();
    await takeOver(table);

    expect(await table.report()).toMatchObject({ empty: true, error: null });
    expect(await read(table)).toBeNull();
  });

  it('says so while it is not taken over yet', async () => {
    const table = await foreign(`1, 'Ann', true, ${PAST}, null`);

    const { error } = await table.report();

    expect(error).toMatchObject({
      code: 'HISTORY_OUTDATED',
      message: expect.stringContaining('tidemark setup'),
    });
    expect(await read(table)).toBeNull();
  });
});
