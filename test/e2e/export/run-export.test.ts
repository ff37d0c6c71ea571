import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column } from '../../../lib/config/column-type.ts';
import { runExport } from '../../../lib/export/run-export.ts';
import type { Faults } from '../../../lib/ports.ts';
import { ingestTable } from '../../../lib/ingest/ingest-table.ts';
import { createSecretLookup } from '../../../lib/aws/secret-lookup.ts';
import { findTable, type Workspace } from '../../../lib/workspace.ts';
import { change } from '../../helpers/change-files.ts';
import {
  COLUMNS,
  type ExportedTable,
  type ExportHarness,
  exportSettings,
  ID,
  nextFileName,
  openExportHarness,
  readEverything,
  readTarget,
} from './harness.ts';

const TEXT = { kind: 'string' } as const;

describe('runExport', () => {
  let harness: ExportHarness;
  beforeAll(async () => {
    harness = await openExportHarness();
  });
  afterAll(() => harness?.close());

  const read = (name: string, columns: readonly Column[] = COLUMNS) =>
    readTarget(harness.database, name, columns);
  async function filledTable(name?: string): Promise<ExportedTable> {
    const table = harness.table({ keys: ['id'], ...(name && { name }) });
    await table.ingest(COLUMNS, [{ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ada' }]);
    return table;
  }
  const ADA = [{ id: '1', name: 'Ada' }];

  /** A workspace that has all of these tables. */
  function together(...tables: readonly ExportedTable[]): { ws: Workspace; names: string[] } {
    const shared = tables[0]!.workspace();
    const config = { ...shared.config, tables: tables.map(({ pipeline }) => pipeline.config) };
    const ws = { ...shared, config, table: (name: string) => findTable(config, name) };
    return { ws, names: tables.map(({ name }) => name) };
  }

  it('goes on with the next table when one fails, and reports each', async () => {
    const [good, bad, missing, last] = [
      await filledTable(),
      await filledTable(),
      harness.table({ keys: ['id'] }),
      await filledTable(),
    ];
    await harness.database.query('create schema if not exists shop');
    await harness.database.query(`create table shop.${bad.name} (id date primary key)`);
    const { ws, names } = together(good, bad, missing, last);

    const reports = await runExport(ws, exportSettings(names));

    const nothing = {
      mode: 'full',
      reason: null,
      rows: 0,
      upserted: 0,
      removed: 0,
      unchanged: 0,
      batchId: '',
      empty: false,
    };
    const done = {
      ...nothing,
      reason: 'the target has no watermark yet',
      rows: 1,
      upserted: 1,
      batchId: '1',
      error: null,
    };
    expect(reports).toEqual([
      { export: 'postgres', table: good.name, target: `shop.${good.name}`, ...done },
      {
        ...{ export: 'postgres', table: bad.name, target: `shop.${bad.name}`, ...nothing },
        error: expect.objectContaining({ name: 'TerminalError', code: 'TARGET_INCOMPATIBLE' }),
      },
      {
        ...{ export: 'postgres', table: missing.name, target: `shop.${missing.name}`, ...nothing },
        empty: true,
        error: null,
      },
      { export: 'postgres', table: last.name, target: `shop.${last.name}`, ...done },
    ]);
    expect(await read(last.name)).toEqual(ADA);
    expect(await read(bad.name, [ID])).toEqual([]);
  });

  it('sends only the tables asked for, and refuses one that the export does not have', async () => {
    const [one, other] = [await filledTable(), await filledTable()];
    const { ws, names } = together(one, other);

    const reports = await runExport(ws, exportSettings(names), { tables: [other.name] });

    expect(reports.map(({ table, error }) => ({ table, error }))).toEqual([
      { table: other.name, error: null },
    ]);
    expect(await read(one.name)).toBeNull();
    await expect(runExport(ws, exportSettings(names), { tables: ['nobody'] })).rejects.toMatchObject({
      code: 'UNKNOWN_TABLE',
      message: expect.stringContaining(`"nobody" in export "postgres". Its tables: ${names.join(', ')}`),
    });
  });

  it('tells how far it is', async () => {
    const table = await filledTable();
    const seen: unknown[] = [];

    await table.export({}, { onProgress: (progress) => seen.push(progress) });

    expect(seen).toEqual([{ table: table.name, rows: 1 }]);
  });

  describe('a snapshot of the past', () => {
    async function changedTable(): Promise<ExportedTable> {
      const table = await filledTable();
      await table.ingest(COLUMNS, [{ op: 'U', at: '2026-02-01 00:00:00', seq: 2, id: 1, name: 'Eve' }]);
      return table;
    }

    it.each([
      ['2026-01-31T00:00:00.000000Z', '_2026_01_31', 'Ada'],
      ['2026-01-31T23:59:59.000000Z', '_2026_01_31_235959', 'Ada'],
      ['2026-01-31T23:59:59.999999Z', '_2026_01_31_235959_999999', 'Ada'],
      ['2026-02-01T00:00:00.000000Z', '_2026_02_01', 'Eve'],
    ])('at %s goes to a table of its own', async (asOf, suffix, name) => {
      const table = await changedTable();
      await table.export();

      expect(await table.export({}, { asOf })).toMatchObject({
        target: `shop.${table.name}${suffix}`,
        mode: 'full',
        reason: null,
        rows: 1,
      });
      expect(await read(table.name + suffix)).toEqual([{ id: '1', name }]);
      expect(await read(table.name)).toEqual([{ id: '1', name: 'Eve' }]);
    });

    it('takes the place of the table itself only when told to', async () => {
      const table = await changedTable();
      await table.export();

      await table.export({}, { asOf: '2026-01-31T00:00:00.000000Z', replace: true });

      expect(await read(table.name)).toEqual(ADA);
      expect(await read(`${table.name}_2026_01_31`)).toBeNull();
    });

    it('never goes over another table of the configuration', async () => {
      const table = await changedTable();
      const other = await filledTable(`${table.name}_2026_01_31`);
      const { ws, names } = together(table, other);
      await runExport(ws, exportSettings(names));

      const [report] = await runExport(ws, exportSettings(names), {
        asOf: '2026-01-31T00:00:00.000000Z',
        tables: [table.name],
      });

      expect(report?.error).toMatchObject({ code: 'TARGET_NAME_TAKEN' });
      expect(await read(other.name)).toEqual(ADA);
    });
  });

  describe('a table', () => {
    it('with hostile names arrives under exactly these names', async () => {
      const hostile = `we"ird tab'le ünï; --`;
      const columns: Column[] = [
        { name: `k"ey '$1`, type: TEXT },
        { name: 'current', type: { kind: 'boolean' } },
        { name: 'UPPER and lower', type: TEXT },
        { name: 'sélect {a,b}*?[c] `', type: TEXT },
        { name: '名', type: TEXT },
      ];
      const table = harness.table({
        name: hostile,
        keys: [columns[0]!.name],
        historyColumns: { ...(await filledTable()).pipeline.config.historyColumns, current: 'is "current"' },
      });
      const row = (value: string) => Object.fromEntries(columns.map(({ name }) => [name, value]));
      const first = { ...row('a'), current: 'false' };
      await table.ingest(columns, [
        { op: 'I', at: '10:00', seq: 1, ...first },
        { op: 'I', at: '10:00', seq: 2, ...row('b'), current: 'true' },
      ]);
      await table.export({ targetSchema: hostile });
      await table.ingest(columns, [
        { op: 'D', at: '11:00', seq: 3, ...row('b'), current: 'true' },
        { op: 'U', at: '11:00', seq: 4, ...first, current: 'true' },
      ]);

      expect(await table.export({ targetSchema: hostile })).toMatchObject({
        ...{ target: `${hostile}.${hostile}`, mode: 'delta', upserted: 1, removed: 1 },
      });
      expect(await readTarget(harness.database, hostile, columns, hostile)).toEqual([
        { ...first, current: 'true' },
      ]);
      await table.export({ targetSchema: hostile }, { asOf: '2024-05-01T10:30:00.000000Z' });
      expect(
        await readTarget(harness.database, `${hostile}_2024_05_01_103000`, columns, hostile),
      ).toHaveLength(2);
    });

    it('has lower-case columns with columnCase: lower, and keeps its own name', async () => {
      const columns: Column[] = [
        { name: 'CustomerID', type: ID.type },
        { name: 'FULL Näme', type: TEXT },
      ];
      const table = harness.table({ name: 'Customer', keys: ['CustomerID'] });
      const columnCase = 'lower';
      await table.ingest(columns, [
        { op: 'I', at: '10:00', seq: 1, CustomerID: 1, 'FULL Näme': 'Ada' },
        { op: 'I', at: '10:00', seq: 2, CustomerID: 2, 'FULL Näme': 'Bob' },
      ]);
      await table.export({ columnCase });
      await table.ingest(columns, [
        { op: 'D', at: '11:00', seq: 3, CustomerID: 1 },
        { op: 'U', at: '11:00', seq: 4, CustomerID: 2, 'FULL Näme': 'Eve' },
      ]);
      await table.export({ columnCase });

      const lower = columns.map(({ name, type }) => ({ name: name.toLowerCase(), type }));
      expect(await read('Customer', lower)).toEqual([{ customerid: '2', 'full näme': 'Eve' }]);
    });

    it.each([
      ['column', { column: 'c'.repeat(64), table: undefined }],
      ['column of many bytes', { column: '名'.repeat(22), table: undefined }],
      ['table', { column: 'name', table: 't'.repeat(64) }],
    ])('with a %s name over 63 bytes is refused, saying so', async (_, { column, table: name }) => {
      const columns: Column[] = [ID, { name: column, type: TEXT }];
      const table = harness.table({ keys: ['id'], ...(name && { name }) });
      await table.ingest(columns, [{ op: 'I', at: '10:00', seq: 1, id: 1, [column]: 'x' }]);
      const before = await readEverything(harness.database);

      const { error } = await table.report();

      expect(error).toMatchObject({ name: 'TerminalError', message: expect.stringContaining('63') });
      expect(error?.message).toContain(JSON.stringify(name ?? column));
      expect(await readEverything(harness.database)).toEqual(before);
    });

    it('whose name has no room for a date is refused only for the past', async () => {
      const table = await filledTable('t'.repeat(60));
      await table.export();

      const { error } = await table.report({}, { asOf: '2026-01-31T00:00:00.000000Z' });

      expect(error).toMatchObject({ name: 'TerminalError', code: 'TARGET_NAME_LONG' });
      expect(await read(table.name)).toEqual(ADA);
    });

    it('of keys only is exported in both modes', async () => {
      const columns: Column[] = [ID, { name: 'part', type: TEXT }];
      const table = harness.table({ keys: ['part', 'id'] });
      await table.ingest(columns, [
        { op: 'I', at: '10:00', seq: 1, id: 1, part: 'a' },
        { op: 'I', at: '10:00', seq: 2, id: 2, part: 'a' },
      ]);
      await table.export();
      await table.ingest(columns, [
        { op: 'D', at: '11:00', seq: 3, id: 1, part: 'a' },
        { op: 'I', at: '11:00', seq: 4, id: 3, part: '' },
      ]);

      expect(await table.export()).toMatchObject({ mode: 'delta', upserted: 1, removed: 1 });
      const rows = [
        { id: '2', part: 'a' },
        { id: '3', part: '' },
      ];
      expect(await read(table.name, columns)).toEqual(rows);
      expect(await table.export({ mode: 'full' })).toMatchObject({ upserted: 0, removed: 0, unchanged: 2 });
      expect(await read(table.name, columns)).toEqual(rows);
    });

    it('without rows arrives with its columns, and empties the target', async () => {
      const table = harness.table({ keys: ['id'] });
      await table.ingest(COLUMNS, []);

      expect(await table.export()).toMatchObject({ mode: 'full', rows: 0, upserted: 0 });
      expect(await read(table.name)).toEqual([]);

      await table.ingest(COLUMNS, [{ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ada' }]);
      await table.export();
      await table.ingest(COLUMNS, [{ op: 'D', at: '11:00', seq: 2, id: 1 }]);
      expect(await table.export({ mode: 'full' })).toMatchObject({ rows: 0, removed: 1 });
      expect(await read(table.name)).toEqual([]);
    });

    it('whose first batch was never applied is not taken for an empty one', async () => {
      const table = harness.table({ keys: ['id'] });
      await harness.database.query('create schema if not exists shop');
      await harness.database.query(`create table shop.${table.name} (id integer primary key, name text)`);
      await harness.database.query(`insert into shop.${table.name} values (7, 'theirs')`);
      const changes = [change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ada' })];
      await table.pipeline.deliver(nextFileName(), { columns: COLUMNS, changes });
      const faults: Faults = {
        at: async (point) => {
          if (point === 'ingest.merged') throw new Error('fault');
        },
      };
      await ingestTable({ ...table.workspace().ingestDeps(table.pipeline.config), faults });

      expect(await table.report()).toMatchObject({ empty: true, error: null, rows: 0 });
      expect(await read(table.name)).toEqual([{ id: '7', name: 'theirs' }]);
    });
  });

  it('leaves views and grants on the target as they are, in both modes, with new columns too', async () => {
    const table = await filledTable();
    const role = `reader_${randomBytes(6).toString('hex')}`;
    const { database } = harness;
    await table.export();
    await database.query(`create role ${role}`);
    try {
      await database.query(`grant select on shop.${table.name} to ${role}`);
      await database.query(`create view shop.${table.name}_names as select name from shop.${table.name}`);
      await database.query(`comment on table shop.${table.name} is 'ours'`);
      const facts = () =>
        database.query(
          `select (select string_agg(name, ',' order by name) from shop.${table.name}_names) as names,
            has_table_privilege($1, $2, 'select')::text as may_read, obj_description($2::regclass) as comment`,
          [role, `shop.${table.name}`],
        );
      await table.ingest(COLUMNS, [{ op: 'I', at: '11:00', seq: 2, id: 2, name: 'Bob' }]);
      await table.export();
      expect(await facts()).toEqual([{ names: 'Ada,Bob', may_read: 'true', comment: 'ours' }]);

      const wider: Column[] = [...COLUMNS, { name: 'town', type: TEXT }];
      await table.ingest(wider, [{ op: 'I', at: '12:00', seq: 3, id: 3, name: 'Cy', town: 'Ulm' }]);
      await table.export({ mode: 'full' });
      expect(await facts()).toEqual([{ names: 'Ada,Bob,Cy', may_read: 'true', comment: 'ours' }]);
    } finally {
      await database.query(`drop owned by ${role}`);
      await database.query(`drop role ${role}`);
    }
  });

  describe('that cannot connect', () => {
    const SECRET = 's3cr3t-p@ss/word';
    const attempt = async (url: string) => {
      const table = harness.table({ keys: ['id'] });
      return runExport(table.workspace({ env: { PG_URL: url } }), table.settings()).then(
        () => null,
        (error: Error) => error,
      );
    };
    const urlWith = (change: (url: URL) => void) => {
      const url = new URL(harness.database.url);
      url.username = 'nobody_here';
      url.password = encodeURIComponent(SECRET);
      change(url);
      return url.href;
    };

    it.each<[string, () => string, string, string]>([
      ['a wrong user or password', () => urlWith(() => {}), 'TerminalError', 'TARGET_AUTH'],
      [
        'a port where nobody listens',
        () => urlWith((url) => (url.port = '1')),
        'TransientError',
        'TARGET_CONNECTION_LOST',
      ],
      [
        'a URL that cannot be read',
        () => `postgres://user:${SECRET}@[not a host:5432/db`,
        'TerminalError',
        'TARGET_URL_INVALID',
      ],
      [
        'another kind of URL',
        () => `mysql://user:${SECRET}@localhost/db`,
        'TerminalError',
        'TARGET_URL_INVALID',
      ],
    ])('because of %s never shows the password', async (_, url, name, code) => {
      const error = await attempt(url());

      expect(error).toMatchObject({ name, code });
      const shown = inspect(error, { depth: null, showHidden: true });
      expect(shown).not.toMatch(/s3cr3t|ss\/word/);
      expect(shown).not.toContain(encodeURIComponent(SECRET));
    });

    it('because its secret was rotated reads the secret once more and goes on', async () => {
      const table = harness.table({ keys: ['id'] });
      await table.ingest(COLUMNS, [{ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ada' }]);
      const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:serving-AbCdEf';
      const url = new URL(harness.database.url);
      const passwords = ['rotated-away', decodeURIComponent(url.password)];
      const references = createSecretLookup({ env: {}, read: async () => passwords.shift() ?? '' });
      const settings = table.settings({
        connection: {
          kind: 'parts',
          host: { template: url.hostname },
          port: Number(url.port),
          database: { template: url.pathname.slice(1) },
          user: { template: decodeURIComponent(url.username) },
          password: { template: arn },
          tls: 'off',
          verifyTls: true,
        },
      });

      const [report] = await runExport({ ...table.workspace(), references }, settings);

      expect(report).toMatchObject({ error: null, rows: 1 });
      expect(passwords).toEqual([]);
    });

    it('because a secret is not set names the variable', async () => {
      const table = harness.table({ keys: ['id'] });

      await expect(runExport(table.workspace({ env: {} }), table.settings())).rejects.toMatchObject({
        name: 'TerminalError',
        message: expect.stringContaining('PG_URL'),
      });
    });
  });
});
