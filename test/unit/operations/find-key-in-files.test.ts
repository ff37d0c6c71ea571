import { expect, it } from 'vitest';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import { duckdbDialect } from '../../../lib/engines/duckdb/dialect.ts';
import { findKeyInFiles } from '../../../lib/operations/find-key-in-files.ts';
import type { FileStore, SqlSession } from '../../../lib/ports.ts';
import { timeOfDay } from '../../helpers/annotate-parquet.ts';
import { parquetBytes } from '../changes/parquet-bytes.ts';

const TABLE = parseConfig('name: shop\ntables: [{name: customer, keys: [id]}]', { baseDir: '/base' }).config
  .tables[0]!;

const fileOf = (unit: 'millis' | 'micros') =>
  parquetBytes({
    columns: [
      { name: 'id', physical: 'INT32' },
      { name: 'at', physical: unit === 'millis' ? 'INT32' : 'INT64', logical: timeOfDay(unit) },
    ],
  });

it('a key is looked for apart in files that store a time in another unit', async () => {
  const files = {
    'a.parquet': fileOf('millis'),
    'b.parquet': fileOf('micros'),
    'c.parquet': fileOf('millis'),
  };
  const store = {
    list: async function* (place: string) {
      if (place !== 'incoming') return;
      for (const [path, bytes] of Object.entries(files)) yield { path, size: bytes.length };
    },
    readRange: async (_place: string, path: keyof typeof files, start: number, end: number) =>
      files[path].slice(start, end),
    enginePath: (_place: string, path: string) => `/in/${path}`,
  } as unknown as FileStore;
  const asked: string[] = [];
  const session = {
    dialect: duckdbDialect,
    query: async (sql: string) => {
      asked.push(sql);
      return [];
    },
  } as unknown as SqlSession;
  const key = [{ column: { name: 'id', type: { kind: 'int', bits: 32 } as const }, text: '7' }];

  const found = await findKeyInFiles(session, store, TABLE, key, async () => {});

  expect(asked.map((sql) => sql.match(/[abc]\.parquet/g))).toEqual([
    ['a.parquet', 'c.parquet'],
    ['b.parquet'],
  ]);
  expect(found).toEqual({ files: [], unreadable: [] });
});
