import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Column, ColumnType } from '../../lib/config/column-type.ts';
import { type ExportHarness, openExportHarness, readTarget } from '../e2e/export/harness.ts';
import type { Values } from '../helpers/oracle-types.ts';
import { openTestEngine } from '../helpers/test-pipeline.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema } from './bench/test-session.ts';
import { onWarehouse } from './warehouse-config.ts';

const int = (bits: 8 | 16 | 32 | 64): ColumnType => ({ kind: 'int', bits });
const decimal = (precision: number, scale: number): ColumnType => ({ kind: 'decimal', precision, scale });

const ID: Column = { name: 'id', type: int(32) };
const NAME: Column = { name: 'say "hi"; `x`\\', type: { kind: 'string' } };

/** By column name: the values it takes, in the text that Postgres makes of them. */
const POOLS: Readonly<Record<string, readonly [ColumnType, ...string[]]>> = {
  tiny: [int(8), '-128', '127'],
  small: [int(16), '-32768', '32767'],
  'a bigint': [int(64), '-9223372036854775808', '9007199254740993', '9223372036854775807', '-1'],
  'decimal(38,18)': [
    decimal(38, 18),
    '-99999999999999999999.999999999999999999',
    '0.000000000000000001',
    '-0.000000000000000001',
    '12345678901234567890.100000000000000000',
  ],
  'decimal(38,38)': [
    decimal(38, 38),
    '-0.99999999999999999999999999999999999999',
    '0.00000000000000000000000000000000000001',
  ],
  'decimal(38,0)': [decimal(38, 0), '-99999999999999999999999999999999999999', '0'],
  'decimal(5,2)': [decimal(5, 2), '-0.01', '-999.99', '1.50'],
  float: [{ kind: 'float' }, 'NaN', 'Infinity', '-Infinity', '-0', '0.1', '1e-45', '3.4028235e+38'],
  double: [
    { kind: 'double' },
    ...(['NaN', 'Infinity', '-Infinity', '-0', '0.1'] as const),
    ...(['5e-324', '1.7976931348623157e+308', '0.30000000000000004'] as const),
  ],
  flag: [{ kind: 'boolean' }, 'true', 'false'],
  day: [{ kind: 'date' }, '0001-01-01', '1500-02-28', '1582-10-04', '1582-10-15', '1969-12-31', '9999-12-31'],
  'wall clock': [
    { kind: 'timestamp' },
    ...(['0001-01-01 00:00:00.000000', '1582-10-10 00:00:00.000001'] as const),
    ...(['1969-12-31 23:59:59.999999', '2024-03-31 02:30:00.000001', '9999-12-31 23:59:59.999999'] as const),
  ],
  instant: [
    { kind: 'timestamptz' },
    ...(['0001-01-01T00:00:00.000000Z', '1582-10-10T00:00:00.000001Z'] as const),
    ...(['1969-12-31T23:59:59.999999Z', '2024-05-01T10:00:00.000001Z'] as const),
  ],
  'of day': [{ kind: 'time' }, '00:00:00.000000', '23:59:59.999999'],
  bytes: [{ kind: 'binary' }, '', '00', '5c4e090a0d', 'ff'.repeat(1000)],
  "text; it's `quoted`": [
    { kind: 'string' },
    ...(['', ' ', '\\N', '\\.', '\\\\', '\t\r\n', '\b\f\v\u0001\u007f', `'"\`;--/*\\`, 'NULL'] as const),
    ...(['e\u0301 is not é', '漢字 👩‍👩‍👧 𝔘', '\ufeff\u2028', 'x'.repeat(100_000)] as const),
  ],
  'Näme 名 {a,b}*?': [{ kind: 'string' }, 'ß', 'SS'],
};

const COLUMNS: readonly Column[] = [
  ID,
  ...Object.entries(POOLS).map(([name, [type]]): Column => ({ name, type })),
];

/** Every value once, and nulls where a column has no more; the last row has nothing but its key. */
function allValues(): Values[] {
  const longest = Math.max(...Object.values(POOLS).map(([, ...values]) => values.length));
  return Array.from({ length: longest + 1 }, (_, id): Values => {
    const values = Object.entries(POOLS).map(([name, [, ...pool]]) => [name, pool[id] ?? null] as const);
    return { id: String(id), ...Object.fromEntries(values) };
  });
}

describeWithWarehouse('values on their way from a file by a Delta table to Postgres', (warehouse) => {
  let harness: ExportHarness;
  beforeAll(async () => {
    harness = await openExportHarness(() =>
      openTestEngine({ configure: (config) => onWarehouse(config, warehouse(), freshSchema()) }),
    );
  }, 240_000);
  afterAll(() => harness?.close());

  it('are exact, and null stays apart', async () => {
    const rows = allValues();
    const table = harness.table({ keys: ['id'] });
    await table.ingest(
      COLUMNS,
      rows.map((row) => ({ op: 'I', at: '10:00', seq: Number(row.id) + 1, ...row })),
    );

    const outcome = await table.export();

    expect(outcome).toMatchObject({ rows: rows.length, upserted: rows.length });
    expect(await readTarget(harness.database, table.name, COLUMNS)).toEqual(rows);
  }, 240_000);

  it('are sent when they changed, and what was there before can still be had', async () => {
    const table = harness.table({ keys: [ID.name, NAME.name], track: { kind: 'all' } });
    const amount: Column = { name: 'amount', type: decimal(18, 4) };
    const columns = [ID, NAME, amount];
    const row = (id: number, name: string, value: string) => ({ id, [NAME.name]: name, amount: value });
    const text = (id: number, name: string, value: string) => ({ ...row(id, name, value), id: String(id) });
    await table.ingest(columns, [
      { op: 'I', at: '10:00', seq: 1, ...row(1, "o'k", '-1.5000') },
      { op: 'I', at: '10:00', seq: 2, ...row(2, '\\', '0.0001') },
      { op: 'I', at: '10:00', seq: 3, ...row(3, '', '3.0000') },
    ]);
    await table.export();
    await table.ingest(columns, [
      { op: 'U', at: '11:00', seq: 4, ...row(1, "o'k", '-2.5000') },
      { op: 'D', at: '11:00', seq: 5, ...row(2, '\\', '0.0001') },
      { op: 'I', at: '11:00', seq: 6, ...row(4, '名', '4.0000') },
    ]);

    const delta = await table.export();
    const past = await table.export({}, { asOf: '2024-05-01T10:59:59.999999Z' });

    expect(delta).toMatchObject({ mode: 'delta', upserted: 2, removed: 1 });
    expect(await readTarget(harness.database, table.name, columns)).toEqual([
      text(1, "o'k", '-2.5000'),
      text(3, '', '3.0000'),
      text(4, '名', '4.0000'),
    ]);
    expect(past).toMatchObject({ mode: 'full', rows: 3 });
    const [, pastTable] = past.target.split('.');
    expect(await readTarget(harness.database, pastTable!, columns)).toEqual([
      text(1, "o'k", '-1.5000'),
      text(2, '\\', '0.0001'),
      text(3, '', '3.0000'),
    ]);
  }, 240_000);

  it('are those of one version, whatever is applied while they are sent', async () => {
    const table = harness.table({ keys: ['id'] });
    const columns = [ID, NAME];
    const change = (op: 'I' | 'U' | 'D', at: string, seq: number, id: number, name: string) => {
      return { op, at, seq, id, [NAME.name]: name };
    };
    await table.ingest(columns, [change('I', '10:00', 1, 1, 'before'), change('I', '10:00', 2, 2, 'before')]);
    let landed = false;
    const faults = {
      at: async (point: string) => {
        if (point !== 'export.opened' || landed) return;
        landed = true;
        await table.ingest(columns, [
          change('U', '11:00', 3, 1, 'after'),
          change('D', '11:00', 4, 2, 'before'),
          change('I', '11:00', 5, 3, 'after'),
        ]);
      },
    };

    const during = await table.report({}, {}, faults);
    const sent = await readTarget(harness.database, table.name, columns);
    const next = await table.export();

    expect(landed).toBe(true);
    expect(during).toMatchObject({ error: null, rows: 2 });
    expect(sent).toEqual([
      { id: '1', [NAME.name]: 'before' },
      { id: '2', [NAME.name]: 'before' },
    ]);
    expect(next).toMatchObject({ mode: 'delta', upserted: 2, removed: 1 });
    expect(await readTarget(harness.database, table.name, columns)).toEqual([
      { id: '1', [NAME.name]: 'after' },
      { id: '3', [NAME.name]: 'after' },
    ]);
  }, 240_000);
});
