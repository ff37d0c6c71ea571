import { describe, expect, it } from 'vitest';
import type { Column } from '../../../lib/config/column-type.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import { createDatabricksDialect } from '../../../lib/engines/databricks/dialect.ts';
import { duckdbDialect } from '../../../lib/engines/duckdb/dialect.ts';
import { historySettings } from '../../../lib/history/history-settings.ts';
import type { HistoryTable } from '../../../lib/history/history-table.ts';
import { shadowRef } from '../../../lib/history/swap-table.ts';
import { newHistoryTable } from '../../../lib/history/table-definition.ts';
import { type OldHistory, renderTakePlace } from '../../../lib/history/take-place.ts';

const databricks = createDatabricksDialect('databricks');

const ref = { catalog: 'lake', schema: 'main', name: 'orders' };
const ID: Column = { name: 'id', type: { kind: 'int', bits: 32 } };
const NOTE: Column = { name: 'order note', type: { kind: 'string' } };

const config = (settings = 'keys: [id]') =>
  parseConfig(`name: shop\ntables:\n  - {name: orders, ${settings}}\n`, { baseDir: '/' }).config.tables[0]!;
const built = (columns = [ID, NOTE], settings?: string): HistoryTable => ({
  ref,
  config: config(settings),
  columns,
});
const columnsOf = (table: HistoryTable): readonly Column[] =>
  newHistoryTable(table).columns.map(({ name, type }) => ({ name, type }));
const old = (columns: readonly Column[] = columnsOf(built()), settings = 'keys: [id]'): OldHistory => ({
  columns,
  settings: historySettings(config(settings)),
});
const render = (before: OldHistory | null, table = built(), dialect = databricks) =>
  renderTakePlace(dialect, table, shadowRef(ref), before);

const OWN =
  '`current`, `effective_date`, `end_date`, `effective_seq`, `end_seq`, `seen_date`, `seen_seq`, `batch_id`';

describe('the rows of a history built anew', () => {
  it('go into the table that is there, names of its own in its files or not, so that all else of it stays', () => {
    expect(render(old())).toEqual([
      [
        'insert overwrite table `lake`.`main`.`orders`',
        `select \`id\`, \`order note\`, ${OWN}`,
        'from `lake`.`main`.`_tidemark_rebuild_orders`',
      ].join('\n'),
    ]);
  });

  it('are put in the order of its columns, which may have come one after the other', () => {
    const columns = columnsOf(built());
    const [sql] = render(old([...columns.slice(2), columns[1]!, { ...columns[0]!, name: 'ID' }]));

    expect(sql).toContain(`select ${OWN}, \`order note\`, \`id\`\n`);
  });

  it('go there too when it lacks a column, which is added first', () => {
    const [first, last, ...more] = render(old(columnsOf(built([ID])))).slice(-2);

    expect(render(old(columnsOf(built([ID]))))[0]).toContain("'delta.columnMapping.mode' = 'name'");
    expect(first).toBe('alter table `lake`.`main`.`orders` add columns (`order note` string)');
    expect(last).toContain(`select \`id\`, ${OWN}, \`order note\`\n`);
    expect(more).toEqual([]);
  });

  it('go there in another history mode too: it holds the same columns', () => {
    const table = built(undefined, 'keys: [id], history: every-change');

    expect(render(old(), table)[0]).toMatch(/^insert overwrite/);
  });

  it.each<[what: string, old: OldHistory | null, table?: HistoryTable]>([
    ['is not there', null],
    ['has a column too many', old(columnsOf(built([ID, NOTE, { name: 'gone', type: { kind: 'date' } }])))],
    [
      'has a column of another type',
      old(columnsOf(built([{ ...ID, type: { kind: 'int', bits: 64 } }, NOTE]))),
    ],
    ['lies by other keys', old(undefined, "keys: ['order note']")],
    ['is unknown to the ledger', { ...old(), settings: null }],
    [
      'names its bookkeeping otherwise',
      old(),
      built(undefined, 'keys: [id], historyColumns: {current: is_current}'),
    ],
  ])('are made a table of their own where the old one %s', (_, before, table) => {
    const statements = render(before, table);

    expect(statements).toHaveLength(1);
    expect(statements[0]).toMatch(
      /^create or replace table `lake`\.`main`\.`orders`\nusing delta\ncluster by \(`id`\)/,
    );
  });

  it('are made a table of their own on DuckDB, which keeps nothing else of one', () => {
    expect(render(old(), built(), duckdbDialect)).toEqual([
      expect.stringMatching(/^create or replace table/),
    ]);
  });
});
