import { describe, expect, it } from 'vitest';
import { assertSource } from '../../../lib/capture/check-source.ts';
import type { CatalogColumn, CatalogTable, SourceServer } from '../../../lib/capture/read-source.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';

const { config } = parseConfig(
  `name: shop
tables:
  - {name: orders, source: public.orders, keys: [id], excludeColumns: [secret]}
  - {name: lines, source: 'odd "schema.lines', keys: [id]}
`,
  { baseDir: '/' },
);
const SERVER: SourceServer = { walLevel: 'logical', mayReplicate: true, isStandby: false, id: '1/shop' };

const column = (name: string, more: Partial<CatalogColumn> = {}): CatalogColumn => ({
  name,
  type: { oid: 23, modifier: -1 },
  isToastable: false,
  isIdentity: false,
  ...more,
});
const ID = column('id', { isIdentity: true });
const table = (more: Partial<CatalogTable> = {}): CatalogTable => ({
  oid: 1,
  schema: 'public',
  name: 'orders',
  kind: 'r',
  identity: 'default',
  mayRead: true,
  isLogged: true,
  generated: [],
  hasVirtual: false,
  columns: [ID, column('qty')],
  ...more,
});
const LINES = table({ schema: 'odd "schema', name: 'lines' });

function problems(server: SourceServer, found: readonly CatalogTable[]): string[] {
  try {
    assertSource(server, config.tables, found);
    return [];
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}

describe('assertSource', () => {
  it('takes tables of plain columns with their primary key, and any table with its whole rows in the log', () => {
    const large = table({ identity: 'full', columns: [column('id'), column('note', { isToastable: true })] });

    expect(problems(SERVER, [table(), LINES])).toEqual([]);
    expect(problems(SERVER, [large, LINES])).toEqual([]);
  });

  it('does not mind large values in a column that is not copied', () => {
    const columns = [ID, column('secret', { isToastable: true })];

    expect(problems(SERVER, [table({ columns }), LINES])).toEqual([]);
  });

  it.each<[string, Partial<CatalogTable>, string]>([
    [
      'large values may be left out',
      { columns: [ID, column('note', { isToastable: true })] },
      'the log may leave out large values of note. Run: alter table "public"."orders" replica identity full;',
    ],
    [
      'nothing identifies a row',
      { identity: 'nothing', columns: [column('id')] },
      'the log does not tell which row was changed. Run: alter table "public"."orders" replica identity full;',
    ],
    [
      'other columns than the keys identify a row',
      { identity: 'index', columns: [column('id'), column('code', { isIdentity: true })] },
      'the log has the old value of code only. Run: alter table "public"."orders" replica identity full;',
    ],
    [
      'it has no key of that name',
      { columns: [column('nr', { isIdentity: true })] },
      'key "id" is no column of "public"."orders". Correct "keys".',
    ],
    [
      'it is partitioned',
      { kind: 'p' },
      '"public"."orders" is no ordinary table. Take it out of the configuration.',
    ],
    [
      'whole rows would have to be in the log and a column is virtual',
      { hasVirtual: true, generated: ['double'], columns: [ID, column('note', { isToastable: true })] },
      'the server refuses updates of a table with virtual generated columns that has its whole rows in the log, and the log may leave out large values of note. Take it out of the configuration.',
    ],
    [
      'whole rows are in the log and a column is virtual',
      { hasVirtual: true, generated: ['double'], identity: 'full' },
      'the server refuses updates of a table with virtual generated columns that has its whole rows in the log. Run: alter table "public"."orders" replica identity default;',
    ],
    [
      'it is unlogged',
      { isLogged: false },
      '"public"."orders" is unlogged, so its changes are not in the log. Run: alter table "public"."orders" set logged;',
    ],
    [
      'it may not be read',
      { mayRead: false },
      'the user may not read it. Run: grant select on "public"."orders" to <name>;',
    ],
  ])('refuses a table where %s', (_why, more, problem) => {
    expect(problems(SERVER, [table(more), LINES])).toEqual([`Table orders: ${problem}`]);
  });

  it('lists everything at once', () => {
    const server = { ...SERVER, walLevel: 'replica', mayReplicate: false, isStandby: true };

    expect(problems(server, [table({ identity: 'nothing', columns: [column('id')] })])).toEqual([
      "wal_level is replica. Run: alter system set wal_level = 'logical'; and restart the server.",
      'The user may not read the log. Run as a superuser: alter user <name> replication;',
      'The server is a standby. Connect to the one it follows.',
      'Table orders: the log does not tell which row was changed. Run: alter table "public"."orders" replica identity full;',
      'Table lines: "odd ""schema"."lines" is not in the database. Correct "source" in the configuration.',
    ]);
  });
});
