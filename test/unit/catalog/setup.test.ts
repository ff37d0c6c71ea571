import { afterEach, describe, expect, it } from 'vitest';
import type { Column } from '../../../lib/config/column-type.ts';
import { openHistory } from '../../../lib/open-history.ts';
import { cdcFileName, change } from '../../helpers/change-files.ts';
import { closeLabs, openLab, rowCounts, states } from './catalog-lab.ts';

afterEach(closeLabs);

const CONTRACT = '{name: customer, keys: [id], columns: {id: bigint, name: string, uid: uuid}}';
const COLUMNS: readonly Column[] = [
  { name: 'id', type: { kind: 'int', bits: 64 } },
  { name: 'name', type: { kind: 'string' } },
];
const LEDGER = ['heads', 'batches', 'files', 'generations', 'erasures'].map((name) => `_tidemark_${name}`);

const all = (state: string): string[] => [
  `schema crm: ${state}`,
  ...LEDGER.map((name) => `ledger ${name}: ${state}`),
];

describe('setup', () => {
  it('makes everything that is missing, and nothing the second time', async () => {
    const lab = await openLab(`${CONTRACT}\n{name: orders, keys: [id]}`);

    const first = await lab.setup();
    const second = await lab.setup();

    const later = [
      'history orders: later (made by the first ingest, from the columns of its files)',
      'view orders_versions: later (made with its history)',
    ];
    expect(states(first)).toEqual([
      ...all('missing'),
      'history customer: missing',
      'view customer_versions: missing',
      ...later,
    ]);
    expect(first.filter(({ done }) => done)).toHaveLength(8);
    expect(states(second)).toEqual([
      ...all('fits'),
      'history customer: fits',
      'view customer_versions: fits',
      ...later,
    ]);
    expect(second.flatMap(({ statements }) => statements)).toEqual([]);
  });

  it('makes a history and a view that the next ingest finds as it would have made them', async () => {
    const lab = await openLab(CONTRACT);
    await lab.setup();
    const table = lab.ws.table('customer');
    const before = (await lab.ws.ledger.head('customer'))?.view;

    await lab.ingest('customer', cdcFileName(1), COLUMNS, [
      change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' }),
    ]);

    const history = await openHistory(lab.ws, table);
    expect((await lab.ws.ledger.head('customer'))?.view).toBe(before);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(history.columns.map(({ name }) => name)).toEqual(['id', 'name', 'uid']);
    expect(states(await lab.setup()).slice(-2)).toEqual([
      'history customer: fits',
      'view customer_versions: fits',
    ]);
  });

  it('tells in a dry run what it would run, and changes nothing', async () => {
    const lab = await openLab(CONTRACT);
    await lab.reopen(CONTRACT.replace('customer', 'client'), { readOnly: true });
    const dry = await lab.setup(true);
    const counts = await rowCounts(lab.ws.engine);

    expect(states(dry)).toEqual([
      ...all('missing'),
      'history client: missing',
      'view client_versions: missing',
    ]);
    expect(dry.every(({ done, statements }) => !done && statements.length === 1)).toBe(true);
    expect(dry[0]!.statements).toEqual(['create schema if not exists "crm"']);
    expect(counts).toEqual({});
  });

  it('leaves a frozen history to its first file, which completes its columns', async () => {
    const lab = await openLab(
      '{name: customer, keys: [id], schemaEvolution: frozen, columns: {id: bigint, name: string}}',
    );

    expect(states(await lab.setup()).slice(-2)).toEqual([
      'history customer: later (made by the first ingest: "frozen" holds from the columns of its first file on)',
      'view customer_versions: later (made with its history)',
    ]);
  });

  it('tells what the next ingest will add and widen by itself', async () => {
    const lab = await openLab('{name: customer, keys: [id], columns: {id: int}}');
    await lab.setup();
    await lab.reopen('{name: customer, keys: [id], columns: {id: bigint, city: string}}');

    expect(states(await lab.setup()).slice(-2)).toEqual([
      'history customer: fits (the next ingest adds "city", widens "id" from int32 to int64)',
      'view customer_versions: fits',
    ]);
  });

  it('makes the view anew when other columns are tracked', async () => {
    const lab = await openLab(CONTRACT);
    await lab.setup();
    await lab.reopen(CONTRACT.replace('columns:', 'track: [name], columns:'));

    const first = await lab.setup();
    const second = await lab.setup();

    expect(states(first).at(-1)).toBe('view customer_versions: migrated (made anew for what is tracked now)');
    expect(states(second).at(-1)).toBe('view customer_versions: fits');
  });

  it('makes the view anew when it lacks columns of its history', async () => {
    const lab = await openLab(CONTRACT);
    await lab.setup();
    await lab.sql('create or replace view crm.customer_versions as select id from crm.customer');

    expect(states(await lab.setup()).at(-1)).toBe(
      'view customer_versions: migrated (made anew for the columns of its history)',
    );
    expect(
      (await lab.ws.engine.columns({ catalog: '', schema: 'crm', name: 'customer_versions' }))?.length,
    ).toBe(6);
  });
});

describe('setup where something else is there', () => {
  it('adds to the ledger what a newer release keeps, and keeps its rows', async () => {
    const lab = await openLab(CONTRACT);
    await lab.setup();
    await lab.sql(
      'alter table crm._tidemark_heads drop column "view"',
      'alter table crm._tidemark_batches drop column taken',
      'alter table crm._tidemark_batches drop column ambiguous',
    );
    const before = await lab.query('select table_name, history_id from crm._tidemark_heads');

    const dry = await lab.setup(true);
    const first = await lab.setup();
    const second = await lab.setup();

    const migrated = [
      'ledger _tidemark_heads: migrated (adds view)',
      'ledger _tidemark_batches: migrated (adds taken, ambiguous)',
    ];
    expect(states(dry).slice(1, 3)).toEqual(migrated);
    expect(states(first).slice(1, 3)).toEqual(migrated);
    expect(states(second).slice(0, 6)).toEqual(all('fits'));
    expect(before).toHaveLength(1);
    expect(await lab.query('select table_name, history_id from crm._tidemark_heads')).toEqual(before);
  });

  it('never touches a ledger table that lacks what no default can stand in for', async () => {
    const lab = await openLab(CONTRACT);
    await lab.sql('create schema crm', 'create table crm._tidemark_files (path varchar, status varchar)');

    const results = await lab.setup();

    expect(states(results)[3]).toBe(
      'ledger _tidemark_files: differs (it has no column "table_name", and nothing can stand in for it. Something else may have made it: rename it, or choose another "schema", and run setup again)',
    );
    expect(results[3]!.done).toBe(false);
    expect(await lab.ws.engine.columns({ catalog: '', schema: 'crm', name: '_tidemark_files' })).toHaveLength(
      2,
    );
  });

  it.each([
    [
      'a view in the place of a history',
      'create view crm.customer as select 1 as id',
      'it is a VIEW, wanted a table. Rename it and run setup again',
    ],
    [
      'a table without dates',
      'create table crm.customer (id bigint, name varchar)',
      'it has no column "effective_date", "end_date", and nothing can stand in for that. Name the columns it has under "keys" and "historyColumns", or rename the table, so that a history is made beside it',
    ],
    [
      'a table without the key',
      'create table crm.customer (name varchar, effective_date timestamptz, end_date timestamptz)',
      'it has no column "id", and nothing can stand in for that. Name the columns it has under "keys" and "historyColumns", or rename the table, so that a history is made beside it',
    ],
    [
      'dates kept as text',
      'create table crm.customer (id bigint, effective_date varchar, end_date timestamptz)',
      'column "effective_date" is string, wanted timestamptz. Rename the table, make one with the right type from it, and run setup again',
    ],
    [
      'dates without a zone',
      'create table crm.customer (id bigint, effective_date timestamptz, end_date timestamp)',
      'column "end_date" is timestamp, wanted timestamptz. Rename the table, make one with the right type from it, and run setup again',
    ],
    [
      'a type that no history column has',
      'create table crm.customer (id bigint, effective_date timestamptz, end_date timestamptz, span interval)',
      'Table crm.customer: column span has type INTERVAL, which no history column has. Was the table made by something else?',
    ],
  ])('refuses %s and makes no view of it', async (_, sql, note) => {
    const lab = await openLab(CONTRACT);
    await lab.sql('create schema crm', sql);

    expect(states(await lab.setup()).slice(-2)).toEqual([
      `history customer: differs (${note})`,
      'view customer_versions: blocked (its history is not there, or not as it must be)',
    ]);
  });

  it('refuses a column whose type the contract cannot reach', async () => {
    const lab = await openLab(CONTRACT);
    await lab.setup();
    await lab.reopen(CONTRACT.replace('name: string', 'name: date'));

    expect(states(await lab.setup()).at(-2)).toMatch(
      /^history customer: differs \(Table customer: "columns" says "name" is date, but the history holds it as string/,
    );
  });

  it('refuses a history that was begun under other settings, and adds no column under the new names', async () => {
    const lab = await openLab('{name: customer, keys: [id]}');
    await lab.setup();
    await lab.ingest('customer', cdcFileName(1), COLUMNS, [
      change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' }),
    ]);
    await lab.reopen('{name: customer, keys: [id], historyColumns: {batchId: batch}}');

    const results = await lab.setup();

    expect(states(results).at(-2)).toMatch(
      /^history customer: differs \(Table customer: the history was begun under other settings: "historyColumns" was/,
    );
    const columns = await lab.ws.engine.columns({ catalog: '', schema: 'crm', name: 'customer' });
    expect(columns?.map(({ name }) => name)).not.toContain('batch');
  });

  it('still asks the ledger of settings where one of its tables is new', async () => {
    const lab = await openLab('{name: customer, keys: [id]}');
    await lab.setup();
    await lab.ingest('customer', cdcFileName(1), COLUMNS, [
      change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' }),
    ]);
    await lab.sql('drop table crm._tidemark_erasures');
    await lab.reopen('{name: customer, keys: [id], history: every-change}');

    expect(states(await lab.setup()).slice(5, 7)).toEqual([
      'ledger _tidemark_erasures: missing',
      expect.stringMatching(/^history customer: differs .*"history" was "last-change"/),
    ]);
  });

  it('makes no empty history in the place of one that was lost', async () => {
    const lab = await openLab(CONTRACT);
    await lab.setup();
    await lab.ingest('customer', cdcFileName(1), COLUMNS, [
      change({ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ann' }),
    ]);
    await lab.sql('drop view crm.customer_versions', 'drop table crm.customer');

    expect(states(await lab.setup()).at(-2)).toBe(
      'history customer: differs (it is not there, although the ledger has given out batch 1 for it. Put the table back, or build it anew: tidemark rebuild customer)',
    );
  });

  it('refuses a table in the place of a view', async () => {
    const lab = await openLab(CONTRACT);
    await lab.sql('create schema crm', 'create table crm.customer_versions (id bigint)');

    expect(states(await lab.setup()).at(-1)).toBe(
      'view customer_versions: differs (it is a BASE TABLE, wanted a view. Rename it and run setup again)',
    );
  });
});
