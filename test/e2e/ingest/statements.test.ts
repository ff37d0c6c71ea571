import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryMode } from '../../../lib/config/config.ts';
import { ingestTable } from '../../../lib/ingest/ingest-table.ts';
import type { Engine } from '../../../lib/ports.ts';
import { cdcFileName, change, loadFileName } from '../../helpers/change-files.ts';
import { openTestEngine, type TestEngine, type TestPipeline } from '../../helpers/test-pipeline.ts';
import { withoutTransactions } from '../../helpers/without-transactions.ts';

const DOCUMENT = fileURLToPath(new URL('../../../docs/databricks.md', import.meta.url));
const COLUMNS = [
  { name: 'id', type: { kind: 'int', bits: 32 } },
  { name: 'name', type: { kind: 'string' } },
] as const;

/** The numbers in the row of the document that begins with `title`. */
function documented(title: string): number[] {
  const row = readFileSync(DOCUMENT, 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`| ${title} |`));
  return [...(row ?? '').matchAll(/\| (\d+) (?=\|)/g)].map(([, count]) => Number(count));
}

describe('statements of an ingest on an engine that commits one by one', () => {
  let engine: TestEngine;
  let asked = 0;
  beforeAll(async () => {
    const counting = (inner: Engine): Engine => {
      const count = <A extends unknown[], R>(work: (...args: A) => R) => {
        return (...args: A): R => {
          asked += 1;
          return work(...args);
        };
      };
      const counted: Engine = {
        ...inner,
        execute: count(inner.execute),
        query: count(inner.query),
        stream: count(inner.stream),
        columns: count(inner.columns),
      };
      return withoutTransactions(counted);
    };
    engine = await openTestEngine({ around: counting });
  });
  afterAll(() => engine?.close());

  const countOf = async (work: () => Promise<unknown>): Promise<number> => {
    asked = 0;
    await work();
    return asked;
  };
  const deliver = (table: TestPipeline, hour: number, load = false): Promise<void> => {
    const name = load ? loadFileName(1) : cdcFileName(hour);
    const row = { op: load ? 'I' : 'U', at: `${hour}:00`, id: 1, name: `at ${hour}` } as const;
    const changes = [change(load ? { ...row, load } : { ...row, seq: hour })];
    return table.deliver(name, { columns: COLUMNS, changes });
  };

  it.each<[HistoryMode, number]>([
    ['last-change', 0],
    ['every-change', 1],
  ])('are as many in %s as docs/databricks.md says', async (history, at) => {
    const table = engine.table({ keys: ['id'], history });
    await deliver(table, 10, true);
    const first = await countOf(() => table.ingest());
    await deliver(table, 11);
    const batch = await countOf(() => table.ingest());
    for (const hour of [12, 13]) await deliver(table, hour);
    const deps = table.workspace.ingestDeps({ ...table.config, batch: { maxFiles: 1, maxBytes: 1e9 } });
    const both = await countOf(() => ingestTable(deps));
    const nothing = await countOf(() => table.ingest());

    expect({ first, batch, further: both - batch, nothing }).toEqual({
      first: documented('the first load, its table and view made')[at],
      batch: documented('one batch of changes, all in all')[at],
      further: documented('each further batch of the same run')[at],
      nothing: documented('nothing waits for the table')[at],
    });
  });
});
