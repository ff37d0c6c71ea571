import { rename } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Column } from '../../lib/config/column-type.ts';
import { cdcFileName, change, loadFileName } from '../helpers/change-files.ts';
import { openTestEngine, type TestEngine } from '../helpers/test-pipeline.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema, openTestSession } from './bench/test-session.ts';
import { onWarehouse } from './warehouse-config.ts';

const KEY: Column = { name: 'the key', type: { kind: 'string' } };
const COLUMNS: readonly Column[] = [KEY, { name: 'name', type: { kind: 'string' } }];
const FILES = 4;
const ROWS = 50;
const keyOf = (n: number): string => `it's ${String(n).padStart(5, '0')} ü`;

describeWithWarehouse('a small batch on a large history', (warehouse) => {
  const schema = freshSchema();
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await openTestEngine({ configure: (config) => onWarehouse(config, warehouse(), schema) });
  }, 120_000);
  afterAll(() => engine?.close());

  it('opens no file without its keys, copies no row, and writes its own rows alone', async () => {
    const pipeline = engine.table({ keys: [KEY.name] });
    const load = change({ op: 'I', at: '08:00', load: true, [KEY.name]: keyOf(0), name: 'x' });
    await pipeline.deliver(loadFileName(1), { columns: COLUMNS, changes: [load] });
    await pipeline.ingest();
    const { dialect } = engine.workspace.engine;
    const table = dialect.tableName({ catalog: 'spark_catalog', schema, name: pipeline.config.name });
    const session = await openTestSession(warehouse());
    try {
      // As clustering leaves it: every file has a range of keys of its own.
      for (let file = 0; file < FILES; file += 1) {
        const keys = Array.from({ length: ROWS }, (_, n) => keyOf(1 + file * ROWS + n));
        const values = keys.map((key) => `(${dialect.stringLiteral(key)})`).join(', ');
        await session.run(
          `insert into ${table} select v.col1, h.* except (\`the key\`) from (values ${values}) as v cross join ${table} as h where h.\`the key\` = ${dialect.stringLiteral(keyOf(0))}`,
        );
      }
      const touched = [keyOf(ROWS * 2 + 5), keyOf(ROWS * 2 + 40)];
      const files = await session.run(
        `select path, max(has) as has from (select _metadata.file_path as path, cast(\`the key\` = ${dialect.stringLiteral(touched[0]!)} as int) as has from ${table}) group by path`,
      );
      const hidden = files.filter(({ has }) => Number(has) === 0);
      expect(hidden).toHaveLength(FILES);
      await pipeline.deliver(cdcFileName(1), {
        columns: COLUMNS,
        changes: touched.map((key, n) =>
          change({ op: 'U', at: '09:00', seq: n + 1, [KEY.name]: key, name: 'new' }),
        ),
      });
      const paths = hidden.map(({ path }) => fileURLToPath(String(path)));
      const put = (from: string, to: string) =>
        Promise.all(paths.map((path) => rename(path + from, path + to)));
      // Whatever opens one of these fails.
      await put('', '.away');
      const report = await pipeline.ingest().finally(() => put('.away', ''));
      expect(report).toMatchObject({ opened: 2, closed: 2 });
      const [merge] = await session.run(`describe history ${table} limit 1`);
      expect(metricsOf(merge?.operationMetrics)).toMatchObject({
        numTargetRowsInserted: '2',
        numTargetRowsMatchedUpdated: '2',
        numTargetRowsCopied: '0',
        numTargetFilesRemoved: '0',
        numTargetDeletionVectorsAdded: '1',
      });
    } finally {
      await session.close();
    }
  }, 240_000);
});

/** The driver of the bench gives a map as JSON text. */
const metricsOf = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : value);
