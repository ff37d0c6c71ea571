import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDuckdb } from '../../../lib/engines/duckdb/engine.ts';
import type { DmsRow, SourceTable } from '../../../lib/dms-files/dms-file.ts';
import { cdcFileName, changeSequence, loadFileName } from '../../../lib/dms-files/file-names.ts';
import { parquetType } from '../../../lib/dms-files/parquet-type.ts';
import { writeDmsFile } from '../../../lib/dms-files/write-dms-file.ts';
import type { Engine } from '../../../lib/ports.ts';

const TABLE: SourceTable = {
  name: 'things',
  keys: ['id', 'my "part"'],
  columns: [
    { name: 'id', sqlType: 'bigint' },
    { name: 'my "part"', sqlType: 'nvarchar(20)' },
    { name: 'small', sqlType: 'tinyint' },
    { name: 'on', sqlType: 'bit' },
    { name: 'price', sqlType: 'decimal(38,4)' },
    { name: 'day', sqlType: 'date' },
    { name: 'at', sqlType: 'datetime2(7)' },
    { name: 'bytes', sqlType: 'varbinary(max)' },
    { name: 'guid', sqlType: 'uniqueidentifier' },
  ],
};

const VALUES = {
  id: '9223372036854775807',
  'my "part"': "it's 東京\n",
  small: '255',
  on: 'true',
  price: '-1234567890123456789012345678901234.5678',
  day: '1753-01-01',
  at: '1969-12-31 23:59:59.999999',
  bytes: '00ff10',
  guid: '52c1f757-a6f5-45a3-8916-70a7894dde25',
};

const COMMIT = {
  committedAt: '2026-03-02T09:00:00.000001Z',
  changeSeq: changeSequence('2026-03-02T09:00:00.000001Z', 7n),
};

describe('writeDmsFile', () => {
  let duckdb: Engine;
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tidemark-dms-files-'));
    duckdb = await openDuckdb({ path: ':memory:', schema: 'main' });
  });
  afterAll(async () => {
    await duckdb.close();
    await rm(dir, { recursive: true });
  });

  const write = async (name: string, rows: readonly DmsRow[]): Promise<string> => {
    const path = join(dir, name, loadFileName(1));
    await writeDmsFile(duckdb, path, TABLE, rows);
    return duckdb.dialect.readFiles([path], []);
  };

  it('writes the operation, the columns of the source, commit time, sequence and old keys, in that order', async () => {
    const from = await write('columns', []);

    const columns = await duckdb.query(
      `select column_name, column_type from (describe select * from ${from})`,
    );

    expect(columns).toEqual([
      ['Op', 'VARCHAR'],
      ['id', 'BIGINT'],
      ['my "part"', 'VARCHAR'],
      ['small', 'UTINYINT'],
      ['on', 'BOOLEAN'],
      ['price', 'DECIMAL(38,4)'],
      ['day', 'DATE'],
      ['at', 'TIMESTAMP'],
      ['bytes', 'BLOB'],
      ['guid', 'VARCHAR'],
      ['tx_commit_time', 'VARCHAR'],
      ['change_seq', 'VARCHAR'],
      ['BI_id', 'BIGINT'],
      ['BI_my "part"', 'VARCHAR'],
    ]);
  });

  it('keeps every value exactly, and has null for every column that a row does not name', async () => {
    const oldKey = { id: '-1', 'my "part"': '' };
    const from = await write('values', [
      { op: 'U', values: VALUES, oldKey, ...COMMIT },
      { op: 'D', values: { id: '1', 'my "part"': 'a' }, oldKey: null, ...COMMIT },
      { op: 'I', values: VALUES, oldKey: null, ...COMMIT, changeSeq: null },
    ]);

    const rows = await duckdb.query(`select columns(*)::varchar from ${from} order by "Op"`);

    const seq = '20260302090000000000000000000000007';
    const time = '2026-03-02 09:00:00.000001';
    const all = Object.values({ ...VALUES, bytes: '\\x00\\xFF\\x10' });
    const none = Array<null>(7).fill(null);
    expect(rows).toEqual([
      ['D', '1', 'a', ...none, time, seq, null, null],
      ['I', ...all, time, null, null, null],
      ['U', ...all, time, seq, '-1', ''],
    ]);
  });

  it('leaves nothing but the file, and replaces one of its name', async () => {
    await write('twice', [{ op: 'I', values: VALUES, oldKey: null, ...COMMIT }]);
    const from = await write('twice', []);

    expect(await duckdb.query(`select count(*)::varchar from ${from}`)).toEqual([['0']]);
    expect(await readdir(join(dir, 'twice'))).toEqual(['LOAD00000001.parquet']);
  });
});

describe('file names', () => {
  it('counts full-load files in upper-case hexadecimal', () => {
    expect([1, 9, 10, 16].map(loadFileName)).toEqual([
      'LOAD00000001.parquet',
      'LOAD00000009.parquet',
      'LOAD0000000A.parquet',
      'LOAD00000010.parquet',
    ]);
  });

  it('names captured changes after the millisecond they were cut at', () => {
    expect(cdcFileName('2026-03-02T09:05:07.123999Z')).toBe('20260302-090507123.parquet');
  });

  it('makes change sequences of 35 digits that grow with time, then with the counter', () => {
    const at = '2026-03-02T09:00:00.000000Z';
    const sequences = [
      changeSequence(at, 9n),
      changeSequence(at, 10n),
      changeSequence('2026-03-02T09:00:01.000000Z', 1n),
    ];

    expect(sequences.map((s) => s.length)).toEqual([35, 35, 35]);
    expect([...sequences].sort()).toEqual(sequences);
  });
});

describe('parquetType', () => {
  it('takes any spelling of a SQL Server type', () => {
    expect(['INT', 'decimal( 18 , 2 )', 'numeric', 'NVARCHAR(max)', 'money'].map(parquetType)).toEqual([
      'integer',
      'decimal( 18 , 2 )',
      'decimal(18, 0)',
      'varchar',
      'decimal(19, 4)',
    ]);
  });

  it.each(['sql_variant', 'time(7)', 'constructor', ''])('refuses %j by name', (sqlType) => {
    expect(() => parquetType(sqlType)).toThrow(JSON.stringify(sqlType));
  });
});
