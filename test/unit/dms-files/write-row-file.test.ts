import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dmsFields, type FileCells } from '../../../lib/dms-files/file-fields.ts';
import { writeRowFile } from '../../../lib/dms-files/write-row-file.ts';
import { openDuckdb } from '../../../lib/engines/duckdb/engine.ts';
import type { Engine } from '../../../lib/ports.ts';

const FIELDS = dmsFields(
  [
    { name: 'id', type: 'bigint' },
    { name: 'a "note"', type: 'varchar' },
    { name: 'bytes', type: 'blob' },
  ],
  ['id'],
);

describe('writeRowFile', () => {
  let duckdb: Engine;
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tidemark-row-file-'));
    duckdb = await openDuckdb({ path: ':memory:', schema: 'main' });
    await duckdb.execute('set preserve_insertion_order = true');
  });
  afterAll(async () => {
    await duckdb.close();
    await rm(dir, { recursive: true });
  });

  it('keeps every value and the order of rows, and leaves nothing else behind', async () => {
    const large = 'ÿ"\\\n'.repeat(3_000_000);
    const rows: FileCells[] = [
      ['I', '9223372036854775807', 'null', '00ff', 't', 's', null],
      ['U', '2', null, null, 't', 's', '-1'],
      ['D', '3', '', '', 't', null, null],
      ['I', '4', large, null, 't', 's', null],
    ];
    const place = { path: join(dir, "it's.parquet"), spool: join(dir, 'rows.ndjson') };

    const written = await writeRowFile(duckdb, place, FIELDS, [rows.slice(0, 1), [], rows.slice(1)]);

    const found = await duckdb.query(
      `select "Op", id::varchar, "a ""note""", lower(hex(bytes)), tx_commit_time, change_seq, "BI_id"::varchar
from '${place.path.replace("'", "''")}'`,
    );
    expect(written).toBe(4);
    expect(found.map((row) => row.slice(0, 2))).toEqual(rows.map((row) => row.slice(0, 2)));
    expect(found.slice(0, 3)).toEqual(rows.slice(0, 3));
    expect(found[3]![2] === large).toBe(true);
    expect(await readdir(dir)).toEqual(["it's.parquet"]);
  });

  it('writes a file without rows, which still has its columns', async () => {
    const place = { path: join(dir, 'none.parquet'), spool: join(dir, 'rows.ndjson') };

    expect(await writeRowFile(duckdb, place, FIELDS, [])).toBe(0);
    const described = await duckdb.query(`select column_name from (describe from '${place.path}')`);
    expect(described.flat()).toEqual([
      'Op',
      'id',
      'a "note"',
      'bytes',
      'tx_commit_time',
      'change_seq',
      'BI_id',
    ]);
  });
});
