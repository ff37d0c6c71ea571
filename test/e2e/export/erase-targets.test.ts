import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column } from '../../../lib/config/column-type.ts';
import type { ExportConfig } from '../../../lib/config/config.ts';
import { eraseTargets } from '../../../lib/export/erase-targets.ts';
import { runExport } from '../../../lib/export/run-export.ts';
import { type EraseReport, eraseKey } from '../../../lib/operations/erase.ts';
import { findTable } from '../../../lib/workspace.ts';
import {
  type ExportedTable,
  type ExportHarness,
  exportSettings,
  openExportHarness,
  readTarget,
} from './harness.ts';

const COLUMNS: Column[] = [
  { name: 'Id', type: { kind: 'int', bits: 32 } },
  { name: 'Name', type: { kind: 'string' } },
];
const ASOF = '2026-01-31T00:00:00.000000Z';

describe('eraseTargets', () => {
  let harness: ExportHarness;
  beforeAll(async () => {
    harness = await openExportHarness();
  });
  afterAll(() => harness?.close());

  async function filledTable(name?: string): Promise<ExportedTable> {
    const table = harness.table({ keys: ['Id'], ...(name && { name }) });
    await table.ingest(COLUMNS, [
      { op: 'I', at: '10:00', seq: 1, Id: 1, Name: 'Ada' },
      { op: 'I', at: '10:00', seq: 2, Id: 2, Name: 'Bob' },
    ]);
    return table;
  }
  const ids = async (schema: string, table: string, column = 'Id') => {
    const rows = await readTarget(harness.database, table, [{ ...COLUMNS[0]!, name: column }], schema);
    return rows?.map((row) => row[column]);
  };
  function workspace(tables: readonly ExportedTable[], exports: readonly ExportConfig[]) {
    const shared = tables[0]!.workspace();
    const config = { ...shared.config, exports, tables: tables.map(({ pipeline }) => pipeline.config) };
    return { ...shared, config, table: (name: string) => findTable(config, name) };
  }
  const erase = (ws: ReturnType<typeof workspace>, table: ExportedTable): Promise<EraseReport> =>
    eraseKey(ws, table.pipeline.config, { Id: '1' }, eraseTargets(ws, table.pipeline.config));

  it('erases a key from each export of the table and from every snapshot of the past', async () => {
    const table = await filledTable();
    const other = await filledTable(`${table.name}_2025_12_31`);
    const exports = [
      exportSettings([table.name, other.name], { name: 'kept', targetSchema: 'kept' }),
      exportSettings([table.name], { name: 'lower', targetSchema: 'lower', columnCase: 'lower' }),
      exportSettings([other.name], { name: 'other', targetSchema: 'other' }),
    ];
    const ws = workspace([table, other], exports);
    for (const settings of exports) await runExport(ws, settings);
    for (const settings of exports.slice(0, 2)) {
      await runExport(ws, settings, { asOf: ASOF, tables: [table.name] });
    }
    await harness.database.query(`create table kept.${table.name}_2020_01_01 ("Id" integer)`);
    await harness.database.query(`insert into kept.${table.name}_2020_01_01 values (1)`);

    const report = await erase(ws, table);

    const { name } = table;
    expect(report.targets).toEqual([
      { export: 'kept', table: `kept.${name}`, rows: 1 },
      { export: 'kept', table: `kept.${name}_2026_01_31`, rows: 1 },
      { export: 'lower', table: `lower.${name}`, rows: 1 },
      { export: 'lower', table: `lower.${name}_2026_01_31`, rows: 1 },
    ]);
    expect(await ids('kept', name)).toEqual(['2']);
    expect(await ids('kept', `${name}_2026_01_31`)).toEqual(['2']);
    expect(await ids('lower', name, 'id')).toEqual(['2']);
    expect(await ids('lower', `${name}_2026_01_31`, 'id')).toEqual(['2']);
    expect(await ids('kept', other.name)).toEqual(['1', '2']);
    expect(await ids('kept', `${name}_2020_01_01`)).toEqual(['1']);

    expect(await runExport(ws, exports[1]!)).toMatchObject([{ mode: 'delta', rows: 0, error: null }]);
    expect(await ids('lower', name, 'id')).toEqual(['2']);
  });

  it('finds nothing where nothing was exported yet', async () => {
    const table = await filledTable();
    const ws = workspace([table], [exportSettings([table.name], { targetSchema: 'not yet' })]);

    expect((await erase(ws, table)).targets).toEqual([
      { export: 'postgres', table: `not yet.${table.name}`, rows: 0 },
    ]);
  });

  it('erases from the other targets when one cannot be reached, and fails for that one', async () => {
    const table = await filledTable();
    const lost = { kind: 'url', url: { template: 'postgres://x@127.0.0.1:1/x' }, verifyTls: true } as const;
    const exports = [
      exportSettings([table.name], { name: 'lost', connection: lost }),
      exportSettings([table.name], { name: 'reached', targetSchema: 'reached' }),
    ];
    const ws = workspace([table], exports);
    await runExport(ws, exports[1]!);

    await expect(erase(ws, table)).rejects.toMatchObject({ code: 'TARGET_CONNECTION_LOST' });

    expect(await ids('reached', table.name)).toEqual(['2']);
  });
});
