import { describe, expect, it } from 'vitest';
import { initConfigText } from '../../../lib/config/init-template.ts';
import { type FoundTable, initTables } from '../../../lib/config/init-tables.ts';
import { parse } from './parse.ts';

const found = (schema: string, table: string, keys = ['id'], columns = {}): FoundTable => ({
  schema,
  table,
  keys,
  columns,
  obstacle: null,
});

const written = (tables: readonly FoundTable[]) =>
  parse(initConfigText('shop', undefined, undefined, initTables(tables)));

describe('initTables', () => {
  it('writes each table with its key, and keeps every change of it', () => {
    const { config, warnings } = written([
      found('public', 'orders', ['region', 'id'], { active: 'boolean', 'a b': 'uuid', payload: 'json' }),
    ]);

    expect(warnings).toEqual([]);
    expect(config.tables).toMatchObject([
      {
        ...{ name: 'orders', source: 'public.orders', keys: ['region', 'id'], history: 'every-change' },
        columns: { active: { kind: 'boolean' }, 'a b': { kind: 'uuid' }, payload: { kind: 'json' } },
      },
    ]);
  });

  it('tells tables of one name apart, whatever their case, by their schema', () => {
    const { config } = written([found('public', 'Orders'), found('old', 'orders'), found('old', 'lines')]);

    expect(config.tables.map(({ name, source }) => [name, source])).toEqual([
      ['public_Orders', 'public.Orders'],
      ['old_orders', 'old.orders'],
      ['lines', 'old.lines'],
    ]);
  });

  it('takes names that YAML would read as something else, or a folder could not have', () => {
    const names = ['true', 'null', '12', ' a: #b', '"', "it's", 'päivä 日', 'a/b', 'No'];
    const { config } = written(names.map((name) => found('public', name, [name])));

    expect(config.tables.map(({ source, keys }) => [source, keys])).toEqual(
      names.map((name) => [`public.${name}`, [name]]),
    );
    expect(config.tables.map(({ name }) => name)).toEqual(names.map((name) => name.replace('/', '_')));
  });

  it('leaves out what it cannot write, and says so where one looks', () => {
    const text = initTables([found('public', 'orders'), found('public', 'log', []), found('a', 'b.c\n d')]);

    expect(text).toContain('  # Left out: "public.log", it has no primary key.\n');
    expect(text).toContain('  # Left out: "a.b.c\\n d", there is a dot in its name.\n');
    expect(written([found('public', 'orders'), found('public', 'log', [])]).config.tables).toHaveLength(1);
  });

  it.each([
    ['partitioned', 'it is partitioned; name its partitions instead, if each is to have a history'],
    ['unlogged', 'it is unlogged, so its changes are not in the log'],
    ['unreadable', 'this user may not read it'],
  ] as const)('leaves out a table that is %s, since capture could not follow it', (obstacle, why) => {
    const text = initTables([found('public', 'orders'), { ...found('public', 'other'), obstacle }]);

    expect(text).toContain(`  # Left out: "public.other", ${why}.\n`);
    expect(text.match(/- name:/g)).toHaveLength(1);
  });
});
