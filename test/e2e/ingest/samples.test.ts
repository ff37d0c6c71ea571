import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Column, formatColumnType } from '../../../lib/config/column-type.ts';
import { readFooter } from '../../../lib/changes/footer.ts';
import { renderFileRows, groupFiles } from '../../../lib/history/read-changes.ts';
import { historyTable } from '../../../lib/history/history-table.ts';
import { comparable, flattenHistory } from '../../helpers/scenario-grid.ts';
import { type Change, createOracle, type Values } from '../../helpers/scd2-oracle.ts';
import { damagePage } from './damage-page.ts';
import { createLab, type Lab } from './ingest-lab.ts';

const GOOD = [
  'v1-dictionary',
  'v1-plain',
  'v2-dictionary',
  'v2-plain',
  'v2-delta',
  'decimal-as-integer',
  'int96',
  'one-row-group',
  'many-row-groups',
  'uncompressed',
  'gzip',
  'zstd',
  'commit-time-as-timestamp',
  'columns-reordered',
];

/** Whatever a bad file is delivered with must go on; the code tells which of the ways to be bad it is. */
const BAD: Readonly<Record<string, string>> = {
  'bad-truncated': 'FILE_TRUNCATED',
  'bad-no-bytes': 'FILE_EMPTY',
  'bad-not-parquet': 'NOT_PARQUET',
  'bad-footer': 'FOOTER_DAMAGED',
  'bad-page': 'PAGE_DAMAGED',
  'wrong-no-op-column': 'COLUMN_MISSING',
  'wrong-no-key-column': 'COLUMN_MISSING',
  'wrong-no-commit-time': 'COLUMN_MISSING',
  'wrong-null-key': 'NULL_KEY',
  'wrong-null-commit-time': 'NULL_COMMIT_TIME',
  'wrong-commit-time-text': 'BAD_COMMIT_TIME',
  'wrong-op-letter': 'UNKNOWN_OP',
  'wrong-type': 'COLUMN_TYPE_MISMATCH',
};

const COLUMNS: readonly Column[] = [
  { name: 'order id', type: { kind: 'int', bits: 64 } },
  { name: 'qty', type: { kind: 'int', bits: 32 } },
  { name: 'amount', type: { kind: 'decimal', precision: 18, scale: 4 } },
  { name: 'Näme', type: { kind: 'string' } },
  { name: 'created_at', type: { kind: 'timestamp' } },
  { name: 'birth', type: { kind: 'date' } },
  { name: 'active', type: { kind: 'boolean' } },
  { name: 'score', type: { kind: 'double' } },
  { name: 'uid', type: { kind: 'binary' } },
];
const NAMES = COLUMNS.map((column) => column.name);
const HISTORY = ['current', 'effective_date', 'end_date', 'effective_seq', 'end_seq', 'batch_id'];
const TABLE = { keys: 'order id', history: 'every-change' };

const LINES = readFileSync(join(import.meta.dirname, '../../samples/rows.ndjson'), 'utf8')
  .trim()
  .split('\n');
const ROWS = LINES.map((line) => {
  const row = JSON.parse(line) as Record<string, string | boolean | null>;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value === null ? null : `${value}`]),
  );
}) as Values[];

const toChange = ({ Op, tx_commit_time, change_seq, ...values }: Values): Change => ({
  op: Op as Change['op'],
  commitTime: tx_commit_time!,
  seq: change_seq!,
  values,
});

/** The history of the 400 changes as batch 1, by the row-by-row model. */
function modelOf(columns: readonly Column[] = COLUMNS, rows: readonly Values[] = ROWS): Values[] {
  const tracked = columns.map((column) => column.name).filter((name) => name !== 'order id');
  const oracle = createOracle({ keys: ['order id'], columns, mode: 'every-change', tracked });
  oracle.applyBatch(rows.map(toChange), 1);
  return comparable(oracle.rows().map(flattenHistory), [...columns.map((c) => c.name), ...HISTORY], columns);
}

const MODEL = modelOf();

let lab: Lab;
afterEach(() => lab.remove());

const history = async (columns: readonly Column[] = COLUMNS): Promise<Values[]> =>
  comparable(await lab.rows(), [...columns.map((c) => c.name), ...HISTORY], columns);

describe('a good sample', () => {
  it.each(GOOD)('%s: all 400 rows read exactly as rows.ndjson says', async (sample) => {
    lab = await createLab(TABLE);
    await lab.deliverSample(sample);
    const path = lab.path('incoming', `${sample}.parquet`);
    const bytes = readFileSync(path);
    const footer = await readFooter({
      path,
      size: bytes.length,
      readRange: async (start, end) => bytes.subarray(start, end),
    });
    const read = await lab.use(async ({ engine: { dialect, query } }) => {
      const table = historyTable(lab.config, lab.table, COLUMNS);
      const files = groupFiles([{ enginePath: path, columns: footer.columns }]);
      const texts = [
        '__op',
        ...COLUMNS.map((c) => dialect.toText(`r.${dialect.quoteIdentifier(c.name)}`, c.type)),
        dialect.toText('__time', { kind: 'timestamptz' }),
        '__seq',
      ];
      return query(`select ${texts.join(', ')} from (${renderFileRows(dialect, table, files)}) as r`);
    });
    const named = read.map((row) =>
      Object.fromEntries(
        ['Op', ...NAMES, 'effective_date', 'effective_seq'].map((name, at) => [name, row[at]!]),
      ),
    );
    const expected = ROWS.map(({ tx_commit_time, change_seq, ...row }) => ({
      ...row,
      effective_date: tx_commit_time!,
      effective_seq: change_seq!,
    }));
    const header = ['Op', ...NAMES, 'effective_date', 'effective_seq'];
    expect(comparable(named, header, COLUMNS)).toEqual(comparable(expected, header, COLUMNS));
  });

  it.each(GOOD)(
    '%s: ingested alone it becomes the history that the model makes of its rows',
    async (sample) => {
      lab = await createLab(TABLE);
      await lab.deliverSample(sample);
      expect(await lab.ingest()).toMatchObject({
        batches: 1,
        files: 1,
        rows: 400,
        rejected: [],
        error: null,
      });
      expect(await history()).toEqual(MODEL);
      expect(await lab.types()).toEqual(
        expect.objectContaining({
          'order id': 'BIGINT',
          qty: 'INTEGER',
          amount: 'DECIMAL(18,4)',
          uid: 'BLOB',
        }),
      );
    },
  );

  it('without rows makes the table and leaves it empty', async () => {
    lab = await createLab(TABLE);
    await lab.deliverSample('empty');
    expect(await lab.ingest()).toMatchObject({ batches: 1, files: 1, rows: 0, rejected: [], error: null });
    expect(await lab.types()).toMatchObject({ 'order id': 'BIGINT', Näme: 'VARCHAR' });
    expect(await history()).toEqual([]);
  });
});

it('all samples in one folder: good ones are one history, each bad one is rejected with its own reason', async () => {
  lab = await createLab(TABLE);
  for (const sample of [...GOOD, 'empty', ...Object.keys(BAD)]) await lab.deliverSample(sample);
  const report = await lab.ingest();
  expect(report).toMatchObject({ error: null, batches: 1, files: GOOD.length + 1, waiting: 0 });
  const codes = Object.fromEntries(
    report.rejected.map(({ path, code }) => [path.replace('.parquet', ''), code]),
  );
  expect(codes).toEqual(BAD);
  expect(await history()).toEqual(MODEL);
  expect(await lab.files('incoming')).toEqual([]);
  expect((await lab.files('rejected')).length).toBe(2 * Object.keys(BAD).length);
});

it.each(Object.entries(BAD))(
  '%s beside a good file is rejected as %s, and the good one applied',
  async (bad, code) => {
    lab = await createLab(TABLE);
    await lab.deliverSample('v1-dictionary', 'a-good.parquet');
    await lab.deliverSample(bad);
    const report = await lab.ingest();
    expect(report).toMatchObject({ error: null, files: 1, rejected: [{ path: `${bad}.parquet`, code }] });
    expect(await history()).toEqual(MODEL);
    expect(await lab.files('rejected')).toEqual([`${bad}.parquet`, `${bad}.parquet.reason.json`]);
    expect(readFileSync(lab.path('rejected', `${bad}.parquet`))).toEqual(
      readFileSync(join(import.meta.dirname, `../../samples/${bad}.parquet`)),
    );
    expect(await lab.files('processed')).toEqual(['1/a-good.parquet']);
  },
);

it('a damaged page alone in its batch is rejected, and the next file is applied as ever', async () => {
  lab = await createLab(TABLE);
  await lab.deliverSample('bad-page');
  expect(await lab.ingest()).toMatchObject({ error: null, batches: 0, rejected: [{ code: 'PAGE_DAMAGED' }] });
  await lab.deliverSample('gzip');
  expect(await lab.ingest()).toMatchObject({ error: null, files: 1, rejected: [], alreadyApplied: 0 });
  expect((await history()).map((row) => ({ ...row, batch_id: '1' }))).toEqual(MODEL);
  const events = await lab.use((ws) =>
    ws.engine.query(`select path, status from "_tidemark_files" where status in ('missing', 'rejected')`),
  );
  expect(events).toEqual([['bad-page.parquet', 'rejected']]);
});

it('pages damaged in any column, of several files of a batch, cost those files and no other', async () => {
  lab = await createLab(TABLE);
  await lab.deliverSample('gzip', 'a-good.parquet');
  const damaged = ['order id', 'Op', 'tx_commit_time', 'change_seq', 'uid'];
  for (const column of damaged) {
    await lab.deliverSample('gzip', `b-${column}.parquet`);
    await damagePage(lab.path('incoming', `b-${column}.parquet`), column);
  }
  await lab.deliverSample('zstd', 'c-good.parquet');
  const report = await lab.ingest();
  expect(report).toMatchObject({ error: null, batches: 1, files: 2, waiting: 0 });
  expect(report.rejected.map(({ path, code }) => `${path} ${code}`).sort()).toEqual(
    damaged.map((column) => `b-${column}.parquet PAGE_DAMAGED`).sort(),
  );
  expect(await history()).toEqual(MODEL);
});

const SEEN = [
  'Op string',
  ...COLUMNS.map((column) => `${column.name} ${formatColumnType(column.type)}`),
  'tx_commit_time string',
  'change_seq string',
];
const without = (name: string): string[] => SEEN.filter((column) => !column.startsWith(`${name} `));

describe('the reason beside a rejected file', () => {
  const REASONS: Readonly<Record<string, { message: RegExp; seen: string[]; expected: string[] }>> = {
    'bad-not-parquet': { message: /is not a parquet file \(no PAR1\)\./, seen: [], expected: [] },
    'bad-page': { message: /has a sound footer but pages that cannot be read/, seen: SEEN, expected: [] },
    'wrong-no-op-column': {
      message: /has no operation column "Op"\./,
      seen: without('Op'),
      expected: ['Op', 'tx_commit_time', 'order id', 'change_seq'],
    },
    'wrong-null-key': {
      message: /has no value in key "order id" in 1 of its 400 rows\./,
      seen: SEEN,
      expected: ['order id int64 not null'],
    },
    'wrong-commit-time-text': {
      message: /has a commit time in "tx_commit_time" that does not read .* in 1 of its 400 rows\./,
      seen: SEEN,
      expected: ['tx_commit_time yyyy-MM-dd HH:mm:ss.SSSSSS'],
    },
    'wrong-op-letter': {
      message: /has something else than I, U or D in "Op" in 1 of its 400 rows\./,
      seen: SEEN,
      expected: ['Op I, U or D'],
    },
    'wrong-type': {
      message: /has column "qty" as string, which does not fit int32 of "qty"\./,
      seen: SEEN.map((column) => (column === 'qty int32' ? 'qty string' : column)).sort(),
      expected: ['qty int32'],
    },
  };
  it.each(Object.entries(REASONS))(
    '%s says what was wrong, seen and expected',
    async (bad, { message, seen, expected }) => {
      lab = await createLab(TABLE);
      await lab.deliverSample('v1-dictionary', 'a-good.parquet');
      await lab.deliverSample(bad);
      await lab.ingest();
      const { columnsSeen, ...reason } = await lab.reason(`${bad}.parquet`);
      expect(reason).toEqual({
        file: `${bad}.parquet`,
        version: expect.stringMatching(/^\d+-[0-9a-f]{64}$/),
        code: BAD[bad],
        message: expect.stringMatching(message),
        columnsExpected: expected,
        rejectedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      });
      expect([...(columnsSeen as string[])].sort()).toEqual([...seen].sort());
    },
  );

  it('never holds a value of a row', async () => {
    lab = await createLab(TABLE);
    for (const bad of Object.keys(BAD)) await lab.deliverSample(bad);
    await lab.ingest();
    const texts = await Promise.all(
      Object.keys(BAD).map(async (bad) => JSON.stringify(await lab.reason(`${bad}.parquet`).catch(() => ''))),
    );
    expect(texts.join()).not.toMatch(/yesterday|90071992547|délta/);
  });
});

describe('an evolved sample', () => {
  const colour: Column = { name: 'colour', type: { kind: 'string' } };
  const retyped = (name: string, type: Column['type']): Column[] =>
    COLUMNS.map((column) => (column.name === name ? { name, type } : column));
  const EVOLVED: readonly [sample: string, columns: Column[], rows: Values[]][] = [
    [
      'evolve-new-column',
      [...COLUMNS, colour],
      ROWS.map((row, at) => ({ ...row, colour: at % 2 === 0 ? 'red' : null })),
    ],
    ['evolve-missing-column', COLUMNS.filter((c) => c.name !== 'score'), ROWS],
    ['evolve-wider-int', retyped('qty', { kind: 'int', bits: 64 }), ROWS],
    ['evolve-wider-decimal', retyped('amount', { kind: 'decimal', precision: 22, scale: 4 }), ROWS],
  ];

  it.each(EVOLVED)('%s alone reads exactly', async (sample, columns, rows) => {
    lab = await createLab(TABLE);
    await lab.deliverSample(sample);
    expect(await lab.ingest()).toMatchObject({ files: 1, rejected: [], error: null });
    expect(await history(columns)).toEqual(modelOf(columns, rows));
  });

  it.each([
    ['evolve-new-column', { colour: 'VARCHAR' }],
    ['evolve-missing-column', { score: 'DOUBLE' }],
    ['evolve-wider-int', { qty: 'BIGINT' }],
    ['evolve-wider-decimal', { amount: 'DECIMAL(22,4)' }],
  ])('%s changes the columns of a history that is there, and loses nothing of it', async (sample, types) => {
    lab = await createLab(TABLE);
    await lab.deliverSample('v1-dictionary');
    await lab.ingest();
    await lab.deliverSample(sample);
    expect(await lab.ingest()).toMatchObject({
      files: 1,
      unchanged: 400,
      opened: 0,
      rejected: [],
      error: null,
    });
    expect(await lab.types()).toMatchObject(types);
    expect(await history()).toEqual(MODEL);
  });

  it.each(EVOLVED.map(([sample]) => sample))('%s is rejected by a frozen schema', async (sample) => {
    lab = await createLab({ ...TABLE, schemaEvolution: 'frozen' });
    await lab.deliverSample('v1-dictionary');
    await lab.ingest();
    await lab.deliverSample(sample);
    expect(await lab.ingest()).toMatchObject({
      files: 0,
      rejected: [{ code: 'SCHEMA_FROZEN' }],
      error: null,
    });
    expect(await history()).toEqual(MODEL);
  });
});
