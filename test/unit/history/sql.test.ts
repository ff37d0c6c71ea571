import { describe, expect, it } from 'vitest';
import type { Column } from '../../../lib/config/column-type.ts';
import type { TableConfig } from '../../../lib/config/config.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import type { FileColumn } from '../../../lib/changes/change-file.ts';
import { duckdbDialect } from '../../../lib/engines/duckdb/dialect.ts';
import { renderFileChecks, renderFileProbe } from '../../../lib/history/file-checks.ts';
import { type HistoryTable, historyTable } from '../../../lib/history/history-table.ts';
import { planBatch } from '../../../lib/history/plan-batch.ts';
import { renderAmbiguousCount, renderChangeProbe } from '../../../lib/history/read-changes.ts';
import type { FileToRead } from '../../../lib/history/read-changes.ts';
import { renderReloadClose } from '../../../lib/history/reload.ts';
import { renderSchemaChange } from '../../../lib/history/schema-change.ts';
import { renderSnapshot } from '../../../lib/history/snapshot.ts';
import type { Dialect } from '../../../lib/ports.ts';

/** A new dialect is one line here; its golden files are written by `vitest run -u` and then read by a person. */
const DIALECTS: readonly Dialect[] = [duckdbDialect];

const PLACE = { catalog: 'lake', schema: 'main' };
const ID: Column = { name: 'id', type: { kind: 'int', bits: 32 } };
const NAME: Column = { name: 'name', type: { kind: 'string' } };
const SCORE: Column = { name: 'score', type: { kind: 'double' } };

function tableOf(
  settings: Record<string, unknown>,
  columns: readonly Column[] = [ID, NAME, SCORE],
): HistoryTable {
  const yaml = JSON.stringify({ name: 'golden', tables: [{ name: 'customer', keys: 'id', ...settings }] });
  const config: TableConfig = parseConfig(yaml, { baseDir: '/base' }).config.tables[0]!;
  return historyTable(PLACE, config, columns);
}

const STRING = { kind: 'string' } as const;
const changeColumns: readonly FileColumn[] = [
  { name: 'Op', type: STRING },
  { name: 'tx_commit_time', type: STRING },
  { name: 'change_seq', type: STRING },
];
const FILE: FileToRead = {
  enginePath: '/files/customer_incoming/20260101-120000000.parquet',
  columns: [changeColumns[0]!, ID, NAME, SCORE, ...changeColumns.slice(1)],
};
const OLDER: FileToRead = {
  enginePath: '/files/customer_incoming/20260101-110000000.parquet',
  columns: [
    changeColumns[0]!,
    { name: 'ID', type: { kind: 'uint', bits: 16 } },
    NAME,
    ...changeColumns.slice(1),
  ],
};
const MOVED: FileToRead = {
  enginePath: FILE.enginePath,
  columns: [...FILE.columns, { name: 'BI_id', type: ID.type }],
};
const RELOADED: FileToRead = {
  enginePath: '/files/customer_incoming/LOAD00000001.parquet',
  columns: FILE.columns,
  reloadedAt: '2026-02-01T00:00:00.000000Z',
};

const HOSTILE = `it's "hostile" [*]?`;
const hostileTable = (): HistoryTable => {
  const columns: Column[] = [
    { name: HOSTILE, type: { kind: 'string' } },
    { name: '__op', type: { kind: 'string' } },
    { name: 'select', type: { kind: 'string' } },
  ];
  return tableOf({ name: HOSTILE, keys: [HOSTILE] }, columns);
};
const hostileFile = (): FileToRead => ({
  enginePath: `/files/${HOSTILE}_incoming/${HOSTILE}.parquet`,
  columns: [...changeColumns, ...hostileTable().columns],
});

/** Every statement of a batch, one after the other. */
function batch(
  dialect: Dialect,
  table: HistoryTable,
  files: readonly FileToRead[],
  firstLoad = false,
): string {
  const plan = planBatch(dialect, { table, files, batchId: 7n, firstLoad });
  return sql([plan.stage, plan.apply, plan.counts, plan.cleanup]);
}

const sql = (statements: readonly (string | null)[]): string =>
  statements
    .filter((one) => one !== null)
    .map((one) => `${one};\n`)
    .join('\n');

const STATEMENTS: Readonly<Record<string, (dialect: Dialect) => string>> = {
  'last-change-batch': (d) => batch(d, tableOf({}), [FILE]),
  'last-change-batch-by-commit-time': (d) => batch(d, tableOf({ sequence: 'commit-time' }), [FILE]),
  'last-change-batch-of-tracked-columns': (d) => batch(d, tableOf({ track: ['name'] }), [FILE]),
  'last-change-batch-with-key-changes': (d) => batch(d, tableOf({}), [MOVED]),
  'last-change-first-load': (d) => batch(d, tableOf({}), [FILE], true),
  'every-change-batch': (d) => batch(d, tableOf({ history: 'every-change' }), [FILE]),
  'every-change-batch-of-a-reload': (d) => batch(d, tableOf({ history: 'every-change' }), [RELOADED]),
  'every-change-first-load': (d) => batch(d, tableOf({ history: 'every-change' }), [FILE], true),
  'batch-of-unlike-files': (d) => batch(d, tableOf({}), [OLDER, FILE]),
  'batch-with-hostile-names': (d) => batch(d, hostileTable(), [hostileFile()]),
  'check-of-a-batch': (d) =>
    sql([renderFileChecks(d, tableOf({ columns: { score: 'double' } }), [OLDER, textScore()])]),
  'probe-of-a-file': (d) => sql([renderFileProbe(d, OLDER)]),
  'repeated-and-ambiguous-changes': (d) =>
    sql([renderChangeProbe(d, tableOf({}), [FILE]), renderAmbiguousCount(d, tableOf({}), [FILE])]),
  'create-history': (d) =>
    sql(renderSchemaChange(d, tableOf({}), { exists: false, columns: [], added: [], widened: [] })),
  'create-history-of-tracked-columns': (d) =>
    sql(
      renderSchemaChange(d, tableOf({ track: { except: ['score'] } }), {
        exists: false,
        columns: [],
        added: [],
        widened: [],
      }),
    ),
  'evolve-history': (d) =>
    sql(
      renderSchemaChange(d, tableOf({}), {
        exists: true,
        columns: [ID, NAME, SCORE],
        added: [SCORE],
        widened: [{ name: 'id', from: ID.type, to: { kind: 'int', bits: 64 } }],
      }),
    ),
  'close-after-a-reload': (d) => sql([renderReloadClose(d, tableOf({}), RELOADED.reloadedAt!, 7n)]),
  snapshots: (d) =>
    sql([
      renderSnapshot(d, tableOf({}), { kind: 'current' }),
      renderSnapshot(d, tableOf({}), { kind: 'as-of', instant: '2026-01-31T00:00:00.000000Z' }),
    ]),
};

/** The file has as text what the contract wants as a number, so every value is tried. */
function textScore(): FileToRead {
  return { ...FILE, columns: FILE.columns.map((c) => (c.name === 'score' ? { ...c, type: STRING } : c)) };
}

describe.each(DIALECTS)('the SQL of $name', (dialect) => {
  it.each(Object.keys(STATEMENTS))('%s is what its golden file says', async (name) => {
    await expect(STATEMENTS[name]!(dialect)).toMatchFileSnapshot(`golden/${dialect.name}/${name}.sql`);
  });

  it('is the same text every time', () => {
    for (const render of Object.values(STATEMENTS)) expect(render(dialect)).toBe(render(dialect));
  });
});

it('a history that fits needs no statement', () => {
  const change = { exists: true, columns: [], added: [], widened: [] };
  expect(renderSchemaChange(duckdbDialect, tableOf({}), change)).toEqual([]);
});
