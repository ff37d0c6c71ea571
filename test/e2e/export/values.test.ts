import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column, ColumnType } from '../../../lib/config/column-type.ts';
import { runExport } from '../../../lib/export/run-export.ts';
import { change } from '../../helpers/change-files.ts';
import type { Values } from '../../helpers/oracle-types.ts';
import {
  COLUMNS,
  type ExportHarness,
  ID,
  NAME,
  nextFileName,
  openExportHarness,
  readEverything,
  readTarget,
} from './harness.ts';

describe('values of an export', () => {
  let harness: ExportHarness;
  beforeAll(async () => {
    harness = await openExportHarness();
  });
  afterAll(() => harness?.close());

  const int = (bits: 8 | 16 | 32 | 64): ColumnType => ({ kind: 'int', bits });
  const decimal = (precision: number, scale: number): ColumnType => ({ kind: 'decimal', precision, scale });

  const POOLS: readonly [string, ColumnType, readonly string[]][] = [
    ['int8', int(8), ['-128', '127']],
    ['int16', int(16), ['-32768', '32767']],
    ['int32', int(32), ['-2147483648', '2147483647']],
    ['int64 beyond 2^53', int(64), ['-9223372036854775808', '9007199254740993', '9223372036854775807']],
    [
      'decimal(38,18)',
      decimal(38, 18),
      [
        '-99999999999999999999.999999999999999999',
        '0.000000000000000001',
        '12345678901234567890.100000000000000000',
      ],
    ],
    ['decimal(9,0)', decimal(9, 0), ['-999999999', '0']],
    ['float', { kind: 'float' }, ['NaN', 'Infinity', '-Infinity', '0.1', '1e-45', '3.4028235e+38']],
    [
      'double',
      { kind: 'double' },
      ['NaN', 'Infinity', '-Infinity', '0.1', '5e-324', '1.7976931348623157e+308', '0.30000000000000004'],
    ],
    ['boolean', { kind: 'boolean' }, ['true', 'false']],
    ['date', { kind: 'date' }, ['0001-01-01', '1582-10-15', '1969-12-31', '2024-02-29', '9999-12-31']],
    ['time', { kind: 'time' }, ['00:00:00.000000', '23:59:59.999999']],
    [
      'timestamp',
      { kind: 'timestamp' },
      [
        '0001-01-01 00:00:00.000000',
        '1969-12-31 23:59:59.999999',
        '2024-05-01 10:00:00.000001',
        '9999-12-31 23:59:59.999999',
      ],
    ],
    [
      'timestamptz',
      { kind: 'timestamptz' },
      ['0001-01-01T00:00:00.000000Z', '1969-12-31T23:59:59.999999Z', '2024-05-01T10:00:00.000001Z'],
    ],
    ['binary', { kind: 'binary' }, ['', '00', '5c4e090a0d', 'ff'.repeat(1000)]],
    [
      'string',
      { kind: 'string' },
      [
        '',
        ' ',
        '\\N',
        '\\.',
        '\\',
        '\\\\',
        '\\t',
        '\t',
        '\n',
        '\r\n',
        'a\tb\\\nc',
        '\b\f\v\u0001\u007f',
        `'"\`;--/*`,
        'ünïcödé 漢字 👩‍👩‍👧 \ufeff\u2028',
        'NULL',
        'x'.repeat(100_000),
      ],
    ],
  ];

  it('of every type are exact, and null stays apart', async () => {
    const columns: Column[] = [ID, ...POOLS.map(([name, type]) => ({ name, type }))];
    const table = harness.table({ keys: ['id'] });
    const longest = Math.max(...POOLS.map(([, , values]) => values.length));
    const rows = Array.from({ length: longest + 1 }, (_, id): Values => {
      const values = POOLS.map(([name, , pool]): [string, string | null] => [name, pool[id] ?? null]);
      return { id: String(id), ...Object.fromEntries(values) };
    });
    await table.ingest(
      columns,
      rows.map((row) => ({ op: 'I', at: '10:00', seq: Number(row.id) + 1, ...row })),
    );

    const first = await table.export();
    const again = await table.export({ mode: 'full' });

    expect(await readTarget(harness.database, table.name, columns)).toEqual(rows);
    expect(first).toMatchObject({ rows: rows.length, upserted: rows.length });
    expect(again).toMatchObject({ rows: rows.length, upserted: 0, removed: 0, unchanged: rows.length });
  });

  it('keep unsigned 64-bit integers', async () => {
    const columns: Column[] = [ID, { name: 'value', type: decimal(20, 0) }];
    const table = harness.table({ keys: ['id'] });
    await table.pipeline.deliver(nextFileName(), {
      columns,
      changes: [change({ op: 'I', at: '10:00', seq: 1, id: 1, value: '18446744073709551615' })],
      options: { types: { value: 'ubigint' } },
    });
    await table.pipeline.ingest();

    await table.export();

    expect(await readTarget(harness.database, table.name, columns)).toEqual([
      { id: '1', value: '18446744073709551615' },
    ]);
  });

  it('have the types of the contract, whatever the files say', async () => {
    const text = (name: string): Column => ({ name, type: { kind: 'string' } });
    const contract = {
      id: int(64),
      uid: { kind: 'uuid' },
      doc: { kind: 'json' },
      since: { kind: 'timestamptz' },
      price: decimal(20, 4),
      clock: { kind: 'time' },
    } as const;
    const table = harness.table({ keys: ['id'], columns: contract });
    const doc = '{"a": [1, null, "tab\\t \\\\N"]}';
    await table.ingest(
      [ID, text('uid'), text('doc'), text('since'), text('price'), text('clock')],
      [
        {
          op: 'I',
          at: '10:00',
          seq: 1,
          id: 1,
          uid: 'F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6',
          doc,
          since: '2024-05-01 12:00:00.000001 +02:00',
          price: '1.5',
          clock: '10:00:00.000001',
        },
      ],
    );

    await table.export();

    const types = await harness.database.query(
      `select string_agg(format_type(atttypid, atttypmod), ', ' order by attnum) as types
      from pg_attribute where attrelid = 'shop.${table.name}'::regclass and attnum > 0`,
    );
    expect(types).toEqual([{ types: 'bigint, uuid, jsonb, timestamp with time zone, numeric(20,4), text' }]);
    const columns = Object.entries(contract).map(([name, type]): Column => ({ name, type }));
    expect(await readTarget(harness.database, table.name, columns)).toEqual([
      {
        id: '1',
        uid: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
        doc,
        since: '2024-05-01T10:00:00.000001Z',
        price: '1.5000',
        clock: '10:00:00.000001',
      },
    ]);
  });

  it('are sent as they are stored when the contract was changed and no batch came since', async () => {
    const table = harness.table({ keys: ['id'] });
    await table.ingest(COLUMNS, [{ op: 'I', at: '10:00', seq: 1, id: 1, name: '007' }]);
    const config = { ...table.pipeline.config, columns: { name: int(32) } };

    const [report] = await runExport(table.workspace({ table: () => config }), table.settings());

    expect(report?.error).toBeNull();
    expect(await readTarget(harness.database, table.name, COLUMNS)).toEqual([{ id: '1', name: '007' }]);
  });

  it('that Postgres refuses fail without being told, and leave the target alone', async () => {
    const table = harness.table({ keys: ['id'], columns: { id: int(32), name: { kind: 'json' } } });
    await table.ingest(COLUMNS, [{ op: 'I', at: '10:00', seq: 1, id: 1, name: '{}' }]);
    await table.export();
    await table.ingest(COLUMNS, [{ op: 'U', at: '11:00', seq: 2, id: 1, name: '"my secret \\u0000"' }]);
    const before = await readEverything(harness.database);

    const { error } = await table.report();

    expect(error).toMatchObject({ name: 'TerminalError', code: 'TARGET_VALUE_REFUSED' });
    expect(error?.message).toContain(`shop.${table.name}`);
    expect(error?.message).not.toContain('secret');
    expect(await readEverything(harness.database)).toEqual(before);
  });

  it('with a NUL character fail naming table and column, and leave the target alone', async () => {
    const table = harness.table({ keys: ['id'] });
    await table.ingest(COLUMNS, [{ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ada' }]);
    await table.export();
    await table.ingest(COLUMNS, [{ op: 'U', at: '11:00', seq: 2, id: 1, name: 'my\0secret' }]);
    const before = await readEverything(harness.database);

    const { error } = await table.report();

    expect(error).toMatchObject({ name: 'TerminalError', code: 'TEXT_HAS_NUL' });
    expect(error?.message).toMatch(`Table shop.${table.name}: column "${NAME.name}" holds a NUL character`);
    expect(error?.message).not.toContain('secret');
    expect(await readEverything(harness.database)).toEqual(before);

    await table.ingest(COLUMNS, [{ op: 'U', at: '12:00', seq: 3, id: 1, name: 'clean' }]);
    expect(await table.export()).toMatchObject({ mode: 'delta', upserted: 1 });
    expect(await readTarget(harness.database, table.name, COLUMNS)).toEqual([{ id: '1', name: 'clean' }]);
  });
});
