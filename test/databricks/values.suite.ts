import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column, ColumnType } from '../../lib/config/column-type.ts';
import { type ExportHarness, openExportHarness, readTarget } from '../e2e/export/harness.ts';
import type { Values } from '../helpers/oracle-types.ts';
import { openWorkspaceEngine } from './on-workspace.ts';

const ID: Column = { name: 'id', type: { kind: 'int', bits: 32 } };

/** Values in the text that Postgres makes of them. */
const POOLS: readonly [string, ColumnType, readonly string[]][] = [
  [
    'a bigint',
    { kind: 'int', bits: 64 },
    ['-9223372036854775808', '9007199254740993', '9223372036854775807'],
  ],
  [
    'decimal(38,18)',
    { kind: 'decimal', precision: 38, scale: 18 },
    [
      '-99999999999999999999.999999999999999999',
      '0.000000000000000001',
      '12345678901234567890.100000000000000000',
    ],
  ],
  ['float', { kind: 'float' }, ['NaN', 'Infinity', '-Infinity', '0.1']],
  ['double', { kind: 'double' }, ['NaN', 'Infinity', '-Infinity', '0.30000000000000004']],
  ['boolean', { kind: 'boolean' }, ['true', 'false']],
  ['date', { kind: 'date' }, ['0001-01-01', '1582-10-15', '1969-12-31', '9999-12-31']],
  [
    'wall clock',
    { kind: 'timestamp' },
    ['0001-01-01 00:00:00.000000', '1969-12-31 23:59:59.999999', '9999-12-31 23:59:59.999999'],
  ],
  [
    'instant',
    { kind: 'timestamptz' },
    ['0001-01-01T00:00:00.000000Z', '1969-12-31T23:59:59.999999Z', '2024-05-01T10:00:00.000001Z'],
  ],
  ['of day', { kind: 'time' }, ['00:00:00.000000', '23:59:59.999999']],
  ['bytes', { kind: 'binary' }, ['', '00', '5c4e090a0d']],
  [
    'text; `quoted`',
    { kind: 'string' },
    ['', '\\N', '\t\r\n', `'"\\`, 'ünïcödé 漢字 👩‍👩‍👧', 'NULL', 'x'.repeat(100_000)],
  ],
];

describe('values on their way from a file by the history to Postgres', () => {
  let harness: ExportHarness;
  beforeAll(async () => {
    harness = await openExportHarness(() => openWorkspaceEngine());
  });
  afterAll(() => harness?.close());

  it('are exact, and null stays apart', async () => {
    const columns: Column[] = [ID, ...POOLS.map(([name, type]) => ({ name, type }))];
    const longest = Math.max(...POOLS.map(([, , values]) => values.length));
    const rows = Array.from({ length: longest + 1 }, (_, id): Values => {
      const values = POOLS.map(([name, , pool]): [string, string | null] => [name, pool[id] ?? null]);
      return { id: String(id), ...Object.fromEntries(values) };
    });
    const table = harness.table({ keys: ['id'] });
    await table.ingest(
      columns,
      rows.map((row) => ({ op: 'I', at: '10:00', seq: Number(row.id) + 1, ...row })),
    );

    const outcome = await table.export();

    expect(outcome).toMatchObject({ rows: rows.length, upserted: rows.length });
    expect(await readTarget(harness.database, table.name, columns)).toEqual(rows);
  });

  it('follow a later batch when only what changed is sent', async () => {
    const name: Column = { name: 'name', type: { kind: 'string' } };
    const table = harness.table({ keys: ['id'] });
    await table.ingest(
      [ID, name],
      [
        { op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' },
        { op: 'I', at: '10:00', seq: 2, id: 2, name: 'Bob' },
      ],
    );
    await table.export();
    await table.ingest([ID, name], [{ op: 'U', at: '11:00', seq: 3, id: 1, name: 'Änn' }]);

    expect(await table.export()).toMatchObject({ mode: 'delta', upserted: 1 });
    expect(await readTarget(harness.database, table.name, [ID, name])).toEqual([
      { id: '1', name: 'Änn' },
      { id: '2', name: 'Bob' },
    ]);
  });
});
