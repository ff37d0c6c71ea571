import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Column, COLUMN_TYPE_NAMES, parseColumnType } from '../../../lib/config/column-type.ts';
import { cdcFileName, change, loadFileName, writeChangeFile } from '../../helpers/change-files.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "change files' "));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('writeChangeFile', () => {
  it('writes every type exactly, under names that need quoting', async () => {
    const values: Record<string, [type: string, text: string, read: string]> = {
      'say "hi"': ['int8', '-128', '-128'],
      i16: ['int16', '32767', '32767'],
      i32: ['int32', '-2147483648', '-2147483648'],
      '名 前': ['int64', '9223372036854775807', '9223372036854775807'],
      dec: [
        'decimal(38,10)',
        '1234567890123456789012345678.0000000001',
        '1234567890123456789012345678.0000000001',
      ],
      flt: ['float', '0.1', '0.1'],
      dbl: ['double', '-Infinity', '-inf'],
      flag: ['boolean', 'true', 'true'],
      day: ['date', '0001-01-01', '0001-01-01'],
      clock: ['time', '23:59:59.999999', '23:59:59.999999'],
      wall: ['timestamp', '1969-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999'],
      inst: ['timestamptz', '2024-05-01T12:00:00.000001+02:00', '2024-05-01 10:00:00.000001+00'],
      "it's": ['string', "nl\n'q' \\N 🌊 \0", "nl\n'q' \\N 🌊 \0"],
      bin: ['binary', '00ff', '\\x00\\xFF'],
      uid: ['uuid', 'C0FFEE00-0000-0000-0000-000000000000', 'C0FFEE00-0000-0000-0000-000000000000'],
      doc: ['json', '{"a": 1}', '{"a": 1}'],
    };
    const columns = Object.entries(values).map(([name, [type]]) => ({ name, type: parseColumnType(type)! }));
    const texts = Object.fromEntries(Object.entries(values).map(([name, [, text]]) => [name, text]));

    const path = await writeChangeFile(join(folder, "every 'type'.parquet"), {
      columns,
      changes: [
        change({ op: 'U', at: '10:00', seq: '12', ...texts }),
        change({ op: 'D', at: '2024-12-31 23:59:59.999999', dbl: 'NaN' }),
      ],
    });

    const read = Object.fromEntries(Object.entries(values).map(([name, [, , text]]) => [name, text]));
    const empty = Object.fromEntries(columns.map(({ name }) => [name, null]));
    expect(await rowsAsText(path)).toEqual([
      { Op: 'U', ...read, tx_commit_time: '2024-05-01 10:00:00.000000', change_seq: '12' },
      { Op: 'D', ...empty, dbl: 'nan', tx_commit_time: '2024-12-31 23:59:59.999999', change_seq: null },
    ]);
  });

  it('has a DuckDB type for every logical type there is', async () => {
    const types = COLUMN_TYPE_NAMES.map((name) => name.replace('(p,s)', '(38,18)'));
    const columns = types.map((name) => ({ name: `as ${name}`, type: parseColumnType(name)! }));

    const path = await writeChangeFile(join(folder, 'types.parquet'), { columns, changes: [] });

    expect(await rowsAsText(path)).toEqual([]);
    expect((await columnTypes(path)).map(({ name }) => name)).toEqual([
      'Op',
      ...columns.map(({ name }) => name),
      'tx_commit_time',
      'change_seq',
    ]);
  });

  it('names, leaves out, retypes and adds columns as told', async () => {
    const path = await writeChangeFile(join(folder, 'options.parquet'), {
      columns: [id, { name: 'name', type: { kind: 'string' } }, { name: 'gone', type: { kind: 'date' } }],
      changes: [change({ op: 'U', at: '10:00:00.5', seq: 1, id: 7, name: 'Ann', before: { id: '6' } })],
      options: {
        op: 'operation',
        commitTime: 'at',
        commitTimeAs: 'timestamp',
        changeSeq: null,
        beforeImagePrefix: 'old ',
        omitColumns: ['gone'],
        types: { id: 'uinteger' },
        compression: 'zstd',
      },
    });

    expect(await columnTypes(path)).toEqual([
      { name: 'operation', type: 'VARCHAR' },
      { name: 'id', type: 'UINTEGER' },
      { name: 'name', type: 'VARCHAR' },
      { name: 'at', type: 'TIMESTAMP' },
      { name: 'old id', type: 'UINTEGER' },
    ]);
    expect(await rowsAsText(path)).toEqual([
      { operation: 'U', id: '7', name: 'Ann', at: '2024-05-01 10:00:00.5', 'old id': '6' },
    ]);
  });

  it('has before-image columns where asked although no change needs one', async () => {
    const path = await writeChangeFile(join(folder, 'before.parquet'), {
      columns: [id],
      changes: [change({ op: 'I', at: '10:00', seq: 1, id: 7 })],
      options: { beforeImage: ['id'] },
    });

    expect(await rowsAsText(path)).toEqual([
      { Op: 'I', id: '7', tx_commit_time: '2024-05-01 10:00:00.000000', change_seq: '1', BI_id: null },
    ]);
  });
});

describe('file names', () => {
  it('count load files in hexadecimal', () => {
    expect([1, 9, 10, 16, 255].map(loadFileName)).toEqual([
      'LOAD00000001.parquet',
      'LOAD00000009.parquet',
      'LOAD0000000A.parquet',
      'LOAD00000010.parquet',
      'LOAD000000FF.parquet',
    ]);
  });

  it('stamp captured files in rising order', () => {
    expect([0, 1, 1_440].map(cdcFileName)).toEqual([
      '20240501-000000000.parquet',
      '20240501-000100000.parquet',
      '20240502-000000000.parquet',
    ]);
  });
});

const id: Column = { name: 'id', type: { kind: 'int', bits: 32 } };

async function rowsAsText(path: string): Promise<Record<string, unknown>[]> {
  const from = `read_parquet('${path.replaceAll("'", "''")}')`;
  return query(`select columns(*)::varchar from ${from}`);
}

async function columnTypes(path: string): Promise<{ name: unknown; type: unknown }[]> {
  const rows = await query(`describe select * from read_parquet('${path.replaceAll("'", "''")}')`);
  return rows.map((row) => ({ name: row.column_name, type: row.column_type }));
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`set timezone = 'UTC'`);
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}
