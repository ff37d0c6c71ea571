import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Column, parseColumnType } from '../../../lib/config/column-type.ts';
import { TransientError } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/ports.ts';
import { openWorkspace } from '../../../lib/workspace.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import {
  type ChangeFileOptions,
  cdcFileName,
  change,
  type ChangeShorthand,
  loadFileName,
  writeChangeFile,
} from '../../helpers/change-files.ts';
import { createLab, type Lab } from './ingest-lab.ts';

let lab: Lab;
afterEach(() => lab.remove());

const columnsOf = (types: Readonly<Record<string, string>>): Column[] =>
  Object.entries(types).map(([name, text]) => ({ name, type: parseColumnType(text)! }));

const COLUMNS = columnsOf({ id: 'int', name: 'string' });

const deliver = (
  name: string,
  changes: readonly ChangeShorthand[],
  columns: readonly Column[] = COLUMNS,
  options: ChangeFileOptions = {},
) => lab.deliver(name, { columns, changes: changes.map(change), options });

const insert = (id: number, more: object = {}): ChangeShorthand => ({
  op: 'I',
  at: '09:00',
  seq: id,
  id,
  name: 'x',
  ...more,
});

describe('a column that is new in a file', () => {
  const WITH_CITY = columnsOf({ id: 'int', name: 'string', city: 'string' });

  it('is added, null on the rows that were there, and shown by the versions view', async () => {
    lab = await createLab({ keys: 'id' });
    await deliver(cdcFileName(1), [insert(1)]);
    await lab.ingest();
    await deliver(cdcFileName(2), [insert(2, { city: 'Oslo' })], WITH_CITY);
    expect(await lab.ingest()).toMatchObject({ error: null, rejected: [] });
    expect(await lab.types()).toEqual({ id: 'INTEGER', name: 'VARCHAR', city: 'VARCHAR' });
    expect((await lab.rows()).map(({ id, city }) => [id, city])).toEqual([
      ['1', null],
      ['2', 'Oslo'],
    ]);
    const seen = await lab.use((ws) => ws.engine.query('select city from orders_versions order by id'));
    expect(seen).toEqual([[null], ['Oslo']]);
  });

  it('rejects the file of a frozen table, which comes in again once the schema may evolve', async () => {
    lab = await createLab({ keys: 'id', schemaEvolution: 'frozen' });
    await deliver(cdcFileName(1), [insert(1)]);
    await lab.ingest();
    await deliver(cdcFileName(2), [insert(2, { city: 'Oslo' })], WITH_CITY);
    await deliver(cdcFileName(3), [insert(3)]);
    const report = await lab.ingest();
    expect(report).toMatchObject({
      error: null,
      files: 1,
      rejected: [{ path: cdcFileName(2), code: 'SCHEMA_FROZEN' }],
    });
    expect((await lab.rows()).map((row) => row.id)).toEqual(['1', '3']);
    expect(await lab.reason(cdcFileName(2))).toMatchObject({
      columnsSeen: [
        'Op string',
        'id int32',
        'name string',
        'city string',
        'tx_commit_time string',
        'change_seq string',
      ],
      columnsExpected: ['id int32', 'name string'],
    });
  });

  it('of a file that is rejected for its values leaves no trace in the history', async () => {
    lab = await createLab({ keys: 'id' });
    await deliver(cdcFileName(1), [insert(1)]);
    await deliver(cdcFileName(2), [insert(2, { id: null, city: 'Oslo' })], WITH_CITY);
    expect(await lab.ingest()).toMatchObject({ rejected: [{ code: 'NULL_KEY' }] });
    expect(await lab.types()).toEqual({ id: 'INTEGER', name: 'VARCHAR' });
  });
});

it('the versions view follows the tracked columns of the configuration', async () => {
  lab = await createLab({ keys: 'id', history: 'every-change' });
  const at = (minute: number, name: string): ChangeShorthand => ({
    op: 'U',
    at: `09:0${minute}`,
    seq: minute,
    id: 1,
    name,
  });
  await deliver(cdcFileName(1), [at(1, 'a'), at(2, 'b')]);
  await lab.ingest();
  const versions = () =>
    lab.use((ws) => ws.engine.query('select name from orders_versions order by effective_date'));
  expect(await versions()).toEqual([['a'], ['b']]);
  await deliver(cdcFileName(2), [{ op: 'I', at: '09:00', seq: 1, id: 2, name: 'c' }]);
  await lab.ingest({
    deps: (deps) => ({ ...deps, table: { ...deps.table, track: { kind: 'only', columns: [] } } }),
  });
  expect(await versions()).toEqual([['c'], ['b']]);
});

describe('a column with a contract', () => {
  const contract = (type: string, text: string | null) => async (): Promise<string | null> => {
    lab = await createLab({ keys: 'id', columns: { id: 'int', v: type } });
    await deliver(cdcFileName(1), [insert(1, { v: text })], columnsOf({ id: 'int', v: 'string' }));
    const report = await lab.ingest();
    expect(report.error).toBeNull();
    if (report.rejected.length > 0) return report.rejected[0]!.code;
    return (await lab.rows())[0]!.v!;
  };

  it.each([
    ['timestamptz', '2026-01-01 12:00:00.1234567 +02:00', '2026-01-01T10:00:00.123456Z'],
    ['timestamptz', '2026-01-01T12:00:00Z', '2026-01-01T12:00:00.000000Z'],
    ['timestamptz', '2026-01-01 12:00:00.5 -03:30', '2026-01-01T15:30:00.500000Z'],
    ['timestamptz', '2026-01-01 12:00:00', '2026-01-01T12:00:00.000000Z'],
    ['timestamp', '2026-01-01 12:00:00.1234567', '2026-01-01 12:00:00.123456'],
    ['date', '2026-02-28', '2026-02-28'],
    ['date', '2026-02-28 00:00:00.000', '2026-02-28'],
    ['time', '7:05:01.5', '07:05:01.500000'],
    ['uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'],
    ['json', '{"a": [1, "ü"]}', '{"a": [1, "ü"]}'],
    ['bigint', '9007199254740993', '9007199254740993'],
    ['decimal(38,4)', '-1234567890123456789012345678901234.5600', '-1234567890123456789012345678901234.5600'],
    ['decimal(9,2)', '1.500', '1.50'],
    ['double', '1e300', '1e+300'],
    ['double', 'NaN', 'NaN'],
    ['boolean', 'true', 'true'],
    ['uuid', null, null],
  ])('%s takes the text %s as %s', async (type, text, stored) => {
    expect(await contract(type, text)()).toBe(stored);
  });

  it.each([
    ['timestamptz', 'soon'],
    ['timestamp', '2026-01-01 12:00:00 +02:00'],
    ['date', '2026-02-28 12:30:00'],
    ['date', '2026-02-30'],
    ['time', '24:00:00'],
    ['time', '12:00:00+02'],
    ['uuid', 'not a uuid'],
    ['json', '{"a":'],
    ['int', '2147483648'],
    ['int', '1e3'],
    ['decimal(9,2)', '1.005'],
    ['decimal(4,2)', '123.4'],
    ['double', '1e400'],
    ['boolean', 'maybe'],
  ])('%s does not take the text %s: it would be lost or changed', async (type, text) => {
    expect(await contract(type, text)()).toBe('VALUE_NOT_CASTABLE');
    expect((await lab.reason(cdcFileName(1))).message).not.toContain(text);
    expect(await lab.reason(cdcFileName(1))).toMatchObject({
      columnsExpected: [expect.stringMatching(/^v /)],
    });
  });

  it('that no value of the file can lose anything in is refused by its type, before a row is read', async () => {
    lab = await createLab({ keys: 'id', columns: { id: 'int', v: 'decimal(9,2)' } });
    await deliver(cdcFileName(1), [insert(1, { v: '1.234' })], columnsOf({ id: 'int', v: 'decimal(9,3)' }));
    expect(await lab.ingest()).toMatchObject({ rejected: [{ code: 'COLUMN_TYPE_MISMATCH' }] });
  });

  it('timestamp does not take a day that no timestamp reaches', async () => {
    lab = await createLab({ keys: 'id', columns: { id: 'int', v: 'timestamp' } });
    await deliver(cdcFileName(1), [insert(1, { v: '2026-01-01' })], columnsOf({ id: 'int', v: 'date' }));
    await deliver(cdcFileName(2), [insert(2, { v: '300000-01-01' })], columnsOf({ id: 'int', v: 'date' }));
    expect(await lab.ingest()).toMatchObject({
      files: 1,
      rejected: [{ code: 'VALUE_NOT_CASTABLE' }],
      error: null,
    });
    expect((await lab.rows())[0]!.v).toBe('2026-01-01 00:00:00.000000');
  });
});

describe('the commit time', () => {
  it.each([
    ['2026-01-01 12:00:00', '2026-01-01T12:00:00.000000Z'],
    ['2026-01-01 12:00:00.1', '2026-01-01T12:00:00.100000Z'],
    ['2026-01-01 12:00:00.12', '2026-01-01T12:00:00.120000Z'],
    ['2026-01-01T12:00:00.123', '2026-01-01T12:00:00.123000Z'],
    ['2026-01-01 12:00:00.1234', '2026-01-01T12:00:00.123400Z'],
    ['2026-01-01 12:00:00.12345', '2026-01-01T12:00:00.123450Z'],
    ['2026-01-01 12:00:00.123456', '2026-01-01T12:00:00.123456Z'],
    ['0001-01-01 00:00:00.000000', '0001-01-01T00:00:00.000000Z'],
    ['1969-12-31 23:59:59.999999', '1969-12-31T23:59:59.999999Z'],
    ['9999-12-31 23:59:59.999999', '9999-12-31T23:59:59.999999Z'],
  ])('written as %s is the instant %s', async (text, instant) => {
    lab = await createLab({ keys: 'id' });
    const changes = [{ ...change(insert(1)), commitTime: text }];
    await lab.deliver('a.parquet', { columns: COLUMNS, changes });
    expect(await lab.ingest()).toMatchObject({ error: null, files: 1, rejected: [] });
    expect((await lab.rows())[0]!.effective_date).toBe(instant);
  });

  it.each(['timestamp', 'timestamptz'] as const)('may be a %s of the file', async (commitTimeAs) => {
    lab = await createLab({ keys: 'id' });
    await deliver('a.parquet', [insert(1, { at: '2026-01-01 12:00:00.123456' })], COLUMNS, { commitTimeAs });
    await lab.ingest();
    expect((await lab.rows())[0]!.effective_date).toBe('2026-01-01T12:00:00.123456Z');
  });

  it.each([
    ['0000-12-31 00:00:00', 'string'],
    ['2026-02-30 00:00:00', 'string'],
    ['2026-01-01 25:00:00', 'string'],
    ['2026-01-01 12:00:00.1234567', 'string'],
    ['2026-01-01 12:00:00+02', 'string'],
    ['2026-01-01', 'string'],
    ['infinity', 'string'],
    ['0044-03-15 (BC) 00:00:00', 'timestamp'],
    ['12026-01-01 00:00:00', 'timestamp'],
    ['infinity', 'timestamp'],
    ['-infinity', 'timestamptz'],
    ['10000-01-01 00:00:00', 'timestamptz'],
  ] as const)('%s as %s rejects the file, and the next file goes on', async (text, commitTimeAs) => {
    lab = await createLab({ keys: 'id' });
    const changes = [{ ...change(insert(1)), commitTime: text }];
    await lab.deliver('a.parquet', { columns: COLUMNS, changes, options: { commitTimeAs } });
    await deliver('b.parquet', [insert(2)]);
    expect(await lab.ingest()).toMatchObject({
      error: null,
      files: 1,
      rejected: [{ path: 'a.parquet', code: 'BAD_COMMIT_TIME' }],
    });
  });

  it('more than five minutes ahead of our clock is applied, with a warning', async () => {
    lab = await createLab({ keys: 'id' });
    const warnings: [string, unknown][] = [];
    const logger: Logger = {
      info: () => {},
      warn: (message, fields) => void warnings.push([message, fields]),
    };
    const clock = { now: () => '2026-01-01T12:00:00.000000Z' };
    await deliver(cdcFileName(1), [insert(1, { at: '2026-01-01 12:05:00.000000' })]);
    await lab.ingest({ clock, logger });
    expect(warnings).toEqual([]);
    await deliver(cdcFileName(2), [insert(2, { at: '2026-01-01 12:05:00.000001' })]);
    expect(await lab.ingest({ clock, logger })).toMatchObject({ files: 1, lagSeconds: 0 });
    expect(warnings).toEqual([
      [
        expect.stringMatching(/^clock_skew: /),
        { table: 'orders', batchId: '2', lastCommit: '2026-01-01T12:05:00.000001Z' },
      ],
    ]);
  });
});

describe('the change sequence', () => {
  it('may be empty or null, and sorts before every other', async () => {
    lab = await createLab({ keys: 'id', history: 'every-change' });
    await deliver('a.parquet', [
      insert(1, { seq: '1', name: 'second' }),
      insert(1, { seq: '', name: 'first' }),
      insert(2, { seq: null }),
    ]);
    await lab.ingest();
    expect((await lab.rows()).map(({ id, name, effective_seq }) => [id, name, effective_seq])).toEqual([
      ['1', 'first', ''],
      ['1', 'second', '1'.padStart(50, '0')],
      ['2', 'x', ''],
    ]);
  });

  it('may have fifty characters, and one more rejects the file', async () => {
    lab = await createLab({ keys: 'id' });
    await deliver('a.parquet', [insert(1, { seq: '9'.repeat(50) })]);
    await deliver('b.parquet', [insert(2, { seq: '1'.repeat(51) })]);
    expect(await lab.ingest()).toMatchObject({
      files: 1,
      rejected: [{ path: 'b.parquet', code: 'LONG_CHANGE_SEQUENCE' }],
    });
    expect((await lab.rows())[0]!.effective_seq).toBe('9'.repeat(50));
  });
});

describe('a batch', () => {
  it('of a full load never holds captured changes: the load comes first', async () => {
    lab = await createLab({ keys: 'id' });
    await deliver(cdcFileName(1), [insert(1, { op: 'U', seq: 1, name: 'changed' })]);
    await deliver(loadFileName(1), [insert(1, { at: '08:00', seq: null })]);
    await deliver(loadFileName(16), [insert(2, { at: '08:00', seq: null })]);
    expect(await lab.ingest()).toMatchObject({ batches: 2, files: 3, opened: 3, closed: 1 });
    expect(await lab.files('processed')).toEqual([
      `1/${loadFileName(1)}`,
      `1/${loadFileName(16)}`,
      `2/${cdcFileName(1)}`,
    ]);
    const kinds = await lab.use((ws) =>
      ws.engine.query(`select kind from "_tidemark_batches" where status = 'applied' order by batch_id`),
    );
    expect(kinds).toEqual([['first-load'], ['merge']]);
  });

  it('ends at maxFiles and at maxBytes, and a file larger than that is a batch of its own', async () => {
    lab = await createLab({ keys: 'id' });
    for (const n of [1, 2, 3, 4]) await deliver(cdcFileName(n), [insert(n)]);
    const name = Array.from({ length: 20_000 }, (_, n) => (n * 7919) % 104_729).join();
    await deliver(cdcFileName(5), [insert(5, { name })]);
    await deliver(cdcFileName(6), [insert(6)]);
    const report = await lab.ingest({ ingest: { batch: { maxFiles: 3, maxBytes: 2_000 } } });
    expect(report).toMatchObject({ error: null, files: 6, waiting: 0 });
    expect(await lab.files('processed')).toEqual([
      `1/${cdcFileName(1)}`,
      `1/${cdcFileName(2)}`,
      `2/${cdcFileName(3)}`,
      `2/${cdcFileName(4)}`,
      `3/${cdcFileName(5)}`,
      `4/${cdcFileName(6)}`,
    ]);
  });

  it('is the last one when the caller says so, and the rest waits', async () => {
    lab = await createLab({ keys: 'id', batch: { maxFiles: 1 } });
    for (const n of [1, 2, 3]) await deliver(cdcFileName(n), [insert(n)]);
    expect(await lab.ingest({ ingest: { maxBatches: 2 } })).toMatchObject({
      batches: 2,
      files: 2,
      waiting: 1,
    });
    expect(await lab.ingest({ ingest: { mayStartBatch: () => false } })).toMatchObject({
      batches: 0,
      waiting: 1,
    });
    expect(await lab.files('incoming')).toEqual([cdcFileName(3)]);
  });

  it('takes no file that appeared during the run; the next run does', async () => {
    lab = await createLab({ keys: 'id', batch: { maxFiles: 1 } });
    await deliver(cdcFileName(2), [insert(2)]);
    await deliver(cdcFileName(3), [insert(3)]);
    const faults = {
      async at(point: string) {
        if (point === 'ingest.claimed') await deliver(cdcFileName(1), [insert(1)]);
      },
    };
    expect(await lab.ingest({ faults })).toMatchObject({ batches: 2, files: 2 });
    expect(await lab.files('incoming')).toEqual([cdcFileName(1)]);
    expect(await lab.ingest()).toMatchObject({ batches: 1, files: 1 });
  });

  it.each(['claimed', 'started'])(
    'of which a file vanishes once %s applies nothing, and may be tried again',
    async (when) => {
      lab = await createLab({ keys: 'id' });
      await deliver(cdcFileName(1), [insert(1)]);
      await deliver(cdcFileName(2), [insert(2)]);
      const faults = {
        async at(point: string) {
          if (point === `ingest.${when}`) await rm(lab.path('incoming', cdcFileName(2)));
        },
      };
      const report = await lab.ingest({ faults });
      expect(report).toMatchObject({ files: 0, error: { code: 'FILE_VANISHED' } });
      expect(report.error).toBeInstanceOf(TransientError);
      expect(await lab.rows()).toEqual([]);
      expect(await lab.ingest()).toMatchObject({ files: 1, error: null });
      expect((await lab.rows()).map((row) => row.id)).toEqual(['1']);
    },
  );

  it('reads a file that says nanoseconds beside one whose microseconds reach further', async () => {
    lab = await createLab({ keys: 'id' });
    const columns = columnsOf({ id: 'int', v: 'timestamp' });
    await deliver('a.parquet', [insert(1, { v: '2026-01-01 00:00:00.123456789' })], columns, {
      types: { v: 'timestamp_ns' },
    });
    await deliver('b.parquet', [insert(2, { v: '9999-12-31 23:59:59.999999' })], columns);
    expect(await lab.ingest()).toMatchObject({ error: null, files: 2, rejected: [] });
    expect((await lab.rows()).map((row) => row.v)).toEqual([
      '2026-01-01 00:00:00.123456',
      '9999-12-31 23:59:59.999999',
    ]);
  });

  it('of 2,000 small files is bounded in files open and memory held', async () => {
    lab = await createLab({ keys: 'id', batch: { maxFiles: 700 } });
    const template = join(lab.config.storage.root, 'template.parquet');
    await deliver('first.parquet', [insert(1)]);
    await lab.ingest();
    await writeChangeFile(template, {
      columns: COLUMNS,
      changes: [change(insert(1, { op: 'U', at: '10:00' }))],
    });
    const { copyFile, mkdir } = await import('node:fs/promises');
    await mkdir(lab.store.location('incoming'), { recursive: true });
    for (let n = 1; n <= 2_000; n += 1) await copyFile(template, lab.path('incoming', cdcFileName(n)));
    let open = 0;
    let most = 0;
    const before = process.memoryUsage().heapUsed;
    const report = await lab.ingest({
      deps: (deps) => ({
        ...deps,
        store: new Proxy(deps.store, {
          get: (store, name: keyof typeof deps.store) => {
            const call = store[name].bind(store) as (...args: unknown[]) => unknown;
            if (name !== 'readRange' && name !== 'identify' && name !== 'move') return call;
            return async (...args: unknown[]) => {
              open += 1;
              most = Math.max(most, open);
              try {
                return await call(...args);
              } finally {
                open -= 1;
              }
            };
          },
        }),
      }),
    });
    expect(report).toMatchObject({ error: null, batches: 3, files: 2_000, rows: 2_000, waiting: 0 });
    expect(most).toBeLessThanOrEqual(8);
    expect((process.memoryUsage().heapUsed - before) / 2 ** 20).toBeLessThan(100);
    expect(await lab.rows()).toHaveLength(1);
  });
});

describe('hostile names', () => {
  const NAMES = [
    `it's "quoted"`,
    'zwei Wörter 🌊',
    '[a]*?{b,c}',
    'select',
    '100%_done',
    '-leading-dash',
    'a=b',
    '$1 ; drop table x; --',
    '`tick`',
  ];
  it.each(NAMES)('table, key, column, folder and file called %s', async (name) => {
    lab = await createLab({ name, keys: [name], history: 'every-change' });
    const columns: Column[] = [
      { name, type: { kind: 'string' } },
      { name: `${name} 2`, type: { kind: 'string' } },
    ];
    const row = (op: 'I' | 'U' | 'D', seq: number, value: string | null): ChangeShorthand => ({
      op,
      at: '09:00',
      seq,
      [name]: name,
      [`${name} 2`]: value,
    });
    await deliver(`dbo/${name}/${name}.parquet`, [row('I', 1, 'a'), row('U', 2, 'b')], columns);
    await deliver(`dbo/${name}/${name} bad.parquet`, [{ ...row('I', 1, 'a'), [name]: null }], columns);
    const report = await lab.ingest();
    expect(report).toMatchObject({ error: null, files: 1, rejected: [{ code: 'NULL_KEY' }] });
    expect(await lab.files('processed')).toEqual([`1/dbo/${name}/${name}.parquet`]);
    await deliver(`${name}.parquet`, [row('D', 3, null)], columns);
    expect(await lab.ingest()).toMatchObject({ error: null, files: 1 });
    expect((await lab.rows()).map((r) => [r[name], r[`${name} 2`], r.current])).toEqual([
      [name, 'a', 'false'],
      [name, 'b', 'false'],
    ]);
  });

  const COLUMN_NAMES = [
    ...[
      'filename',
      'file_row_number',
      'file_index',
      'rowid',
      '__op',
      '__time',
      '__seq',
      '__write',
      '__file',
      '__decision',
    ],
    ...[
      'changes',
      'incoming',
      'events',
      'deduplicated',
      'latest',
      'h',
      's',
      'c',
      'd',
      'l',
      'r',
      'ranked',
      'v',
      'both_sides',
    ],
    ...['order', 'from', 'table', 'values', 'current_date', 'CURRENT_TIMESTAMP', 'true', 'excluded', 'main'],
  ];
  it.each(['last-change', 'every-change'])(
    '%s: columns called as our own SQL calls its parts',
    async (history) => {
      lab = await createLab({ keys: ['rowid', 'changes'], history });
      const columns: Column[] = COLUMN_NAMES.map((name) => ({ name, type: { kind: 'string' } }));
      const row = (op: 'I' | 'U', seq: number, value: string): ChangeShorthand => ({
        op,
        at: '09:00',
        seq,
        ...Object.fromEntries(COLUMN_NAMES.map((name) => [name, `${name} ${value}`])),
        rowid: '1',
        changes: '2',
      });
      await deliver(cdcFileName(1), [row('I', 1, 'a')], columns);
      await lab.ingest();
      await deliver(
        cdcFileName(2),
        [{ ...row('U', 2, 'b'), before: { rowid: '0' } }, row('U', 3, 'c')],
        columns,
      );
      expect(await lab.ingest()).toMatchObject({ error: null, rejected: [], files: 1 });
      const rows = await lab.rows();
      const current = rows.filter((r) => r.current === 'true');
      expect(current).toHaveLength(1);
      expect(current[0]).toMatchObject({ ...change(row('U', 3, 'c')).values });
      expect(rows.map((r) => r.filename)).toContain('filename a');
    },
  );

  it('a source column that collides with one of the history is refused, and taken once that one is renamed', async () => {
    const columns = columnsOf({ id: 'int', Current: 'string', batch_id: 'int' });
    const changes = [insert(1, { Current: 'mine', batch_id: 7 })];
    lab = await createLab({ keys: 'id' });
    await deliver('a.parquet', changes, columns);
    expect(await lab.ingest()).toMatchObject({ files: 0, rejected: [{ code: 'COLUMN_NAME_RESERVED' }] });
    expect((await lab.reason('a.parquet')).message).toContain('historyColumns.current');
    await lab.remove();

    lab = await createLab({ keys: 'id', historyColumns: { current: 'is_current', batchId: 'load_id' } });
    await deliver('a.parquet', changes, columns);
    expect(await lab.ingest()).toMatchObject({ files: 1, rejected: [] });
    expect((await lab.rows())[0]).toMatchObject({
      Current: 'mine',
      batch_id: '7',
      is_current: 'true',
      load_id: '1',
    });
  });

  it('change columns may have other names, in any case', async () => {
    lab = await createLab({ keys: 'ID', op: 'oP', commitTime: 'When It Happened', changeSeq: '§' });
    await deliver('a.parquet', [insert(1)], COLUMNS, {
      op: 'Op',
      commitTime: 'when it happened',
      changeSeq: '§',
    });
    expect(await lab.ingest()).toMatchObject({ error: null, files: 1, rejected: [] });
    expect((await lab.rows())[0]).toMatchObject({ id: '1', effective_date: '2024-05-01T09:00:00.000000Z' });
  });

  it('files of one batch may spell their columns differently and order them as they like', async () => {
    lab = await createLab({ keys: 'id' });
    await deliver('a.parquet', [insert(1, { name: 'a' })]);
    await deliver(
      'b.parquet',
      [{ ...insert(2), ID: 2, NAME: 'b' }],
      columnsOf({ NAME: 'string', ID: 'int' }),
    );
    expect(await lab.ingest()).toMatchObject({ error: null, files: 2, rejected: [] });
    expect((await lab.rows()).map(({ id, name }) => [id, name])).toEqual([
      ['1', 'a'],
      ['2', 'b'],
    ]);
  });
});

it('a table that cannot go on never stops the next one', async () => {
  lab = await createLab({ keys: 'id' });
  const { config } = parseConfig(
    JSON.stringify({
      name: 'two',
      tables: [
        { name: 'orders', keys: 'id' },
        { name: 'people', keys: 'id' },
      ],
    }),
    { baseDir: lab.config.storage.root },
  );
  const { ingestTables } = await import('../../../lib/ingest/ingest-tables.ts');
  const workspace = await openWorkspace(config);
  try {
    for (const table of config.tables) {
      const folder = workspace.store(table).location('incoming');
      const { mkdir } = await import('node:fs/promises');
      await mkdir(folder, { recursive: true });
      await writeChangeFile(join(folder, 'a.parquet'), { columns: COLUMNS, changes: [change(insert(1))] });
    }
    const broken = { code: 'ENGINE_ERROR' };
    const reports = await ingestTables(config.tables, (table) => {
      const deps = workspace.ingestDeps(table);
      if (table.name === 'people') return deps;
      const engine = { ...deps.engine, columns: () => Promise.reject(new Error('no such luck')) };
      return { ...deps, engine };
    });
    expect(reports).toMatchObject([
      { table: 'orders', files: 0, waiting: 1, error: { code: 'UNEXPECTED' } },
      { table: 'people', files: 1, waiting: 0, error: null },
    ]);
    expect(broken.code).toBe('ENGINE_ERROR');
  } finally {
    await workspace.close();
  }
});
