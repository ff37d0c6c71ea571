import { describe, expect, it } from 'vitest';
import type { TableConfig } from '../../../lib/config/config.ts';
import { tableFolders } from '../../../lib/config/paths.ts';
import type { MappingRule } from '../../../lib/dms/mapping-rule.ts';
import { renderTableMappings, tableMappings } from '../../../lib/dms/table-mappings.ts';
import { dmsConfig } from './dms-config.ts';

type Given = Partial<TableConfig> & { source: string };

function rulesOf(
  tables: readonly Given[],
  migration: 'full-load' | 'full-load-and-cdc' = 'full-load-and-cdc',
) {
  const { config, replication } = dmsConfig(tables, { migration });
  return tableMappings(config, replication).rules;
}

function ofAction(rules: readonly MappingRule[], action: MappingRule['rule-action']) {
  return rules.filter((rule) => rule['rule-action'] === action);
}

function locators(rules: readonly MappingRule[], action: MappingRule['rule-action']) {
  return ofAction(rules, action).map((rule) => Object.values(rule['object-locator']).join('.'));
}

const columns = (changeSeq: string) => ({
  changeColumns: { op: 'Op', commitTime: 'tx_commit_time', changeSeq, beforeImagePrefix: 'BI_' },
});

describe('tableMappings', () => {
  it('copies two tables with six rules', () => {
    const rules = rulesOf([{ source: 'dbo.Customer' }, { source: 'dbo.OrderLine', name: 'order_line' }]);

    expect(rules.map(({ 'rule-id': _id, 'rule-name': _name, ...rule }) => rule)).toEqual([
      {
        'rule-type': 'selection',
        'rule-action': 'explicit',
        'object-locator': { 'schema-name': 'dbo', 'table-name': 'Customer' },
      },
      {
        'rule-type': 'selection',
        'rule-action': 'explicit',
        'object-locator': { 'schema-name': 'dbo', 'table-name': 'OrderLine' },
      },
      {
        'rule-type': 'transformation',
        'rule-target': 'table',
        'rule-action': 'rename',
        'object-locator': { 'schema-name': 'dbo', 'table-name': 'Customer' },
        value: 'customer_incoming',
      },
      {
        'rule-type': 'transformation',
        'rule-target': 'table',
        'rule-action': 'rename',
        'object-locator': { 'schema-name': 'dbo', 'table-name': 'OrderLine' },
        value: 'order_line_incoming',
      },
      {
        'rule-type': 'transformation',
        'rule-target': 'column',
        'rule-action': 'add-column',
        'object-locator': { 'schema-name': '%', 'table-name': '%' },
        value: 'change_seq',
        expression: '$AR_H_CHANGE_SEQ',
        'data-type': { type: 'string', length: 50 },
      },
      {
        'rule-type': 'transformation',
        'rule-target': 'column',
        'rule-action': 'add-before-image-columns',
        'object-locator': { 'schema-name': '%', 'table-name': '%' },
        'before-image-def': { 'column-prefix': 'BI_', 'column-suffix': '', 'column-filter': 'pk-only' },
      },
    ]);
  });

  it.each(['', 'landing', 'a/b'])('makes DMS write where everybody else looks, below "%s"', (prefix) => {
    const { config, replication } = dmsConfig(
      [{ source: 'Sales.Order Line', name: 'order_line' }],
      {},
      prefix,
    );

    const { rules } = tableMappings(config, replication);

    const rename = ofAction(rules, 'rename')[0]!;
    const written = [prefix, 'Sales', 'value' in rename ? rename.value : '']
      .filter((step) => step !== '')
      .join('/');
    expect(written).toBe(tableFolders(config, config.tables[0]!).incoming);
  });

  it('gives every rule an id of its own that another table does not change', () => {
    const few = rulesOf([{ source: 'dbo.a' }, { source: 'dbo.c' }]);
    const more = rulesOf([
      { source: 'dbo.c' },
      { source: 'dbo.b', excludeColumns: ['x'] },
      { source: 'dbo.a' },
    ]);

    expect(new Set(more.map((rule) => rule['rule-id'])).size).toBe(more.length);
    expect(more.every((rule) => /^[1-9]\d{0,8}$/.test(rule['rule-id']))).toBe(true);
    expect(more).toEqual(expect.arrayContaining([...few]));
  });

  it('does not depend on the order of the tables in the file', () => {
    const forward = dmsConfig([{ source: 'b.x' }, { source: 'a.y' }, { source: 'a.x' }]);
    const backward = dmsConfig([{ source: 'a.x' }, { source: 'a.y' }, { source: 'b.x' }]);

    expect(renderTableMappings(tableMappings(forward.config, forward.replication))).toBe(
      renderTableMappings(tableMappings(backward.config, backward.replication)),
    );
  });

  it('copies the tables of its own replication only', () => {
    const rules = rulesOf([
      { source: 'dbo.a' },
      { source: 'dbo.b', replication: 'other' },
      { source: 'dbo.c', replication: null },
    ]);

    expect(locators(rules, 'explicit')).toEqual(['dbo.a']);
  });

  it('leaves out columns, table by table', () => {
    const rules = rulesOf([{ source: 'dbo.a', excludeColumns: ['photo', 'IBAN'] }, { source: 'dbo.b' }]);

    expect(locators(rules, 'remove-column')).toEqual(['dbo.a.IBAN', 'dbo.a.photo']);
  });

  it('lowers names of columns by one rule where all tables want it, after it removed columns', () => {
    const rules = rulesOf([
      { source: 'dbo.a', columnNames: 'lower', excludeColumns: ['X'] },
      { source: 'dbo.b', columnNames: 'lower' },
    ]);

    expect(locators(rules, 'convert-lowercase')).toEqual(['%.%.%']);
    const actions = rules.map((rule) => rule['rule-action']);
    expect(actions.indexOf('remove-column')).toBeLessThan(actions.indexOf('convert-lowercase'));
  });

  it('writes a rule for each schema, or each table, where tables differ', () => {
    const rules = rulesOf([
      { source: 'a.x', ...columns('seq') },
      { source: 'a.y', ...columns('seq') },
      { source: 'b.x', ...columns('seq') },
      { source: 'b.y', ...columns('order_of_change') },
    ]);

    expect(
      ofAction(rules, 'add-column').map((rule) => [rule['object-locator'], 'value' in rule && rule.value]),
    ).toEqual([
      [{ 'schema-name': 'a', 'table-name': '%' }, 'seq'],
      [{ 'schema-name': 'b', 'table-name': 'x' }, 'seq'],
      [{ 'schema-name': 'b', 'table-name': 'y' }, 'order_of_change'],
    ]);
  });

  it('adds no column to a table that uses none', () => {
    const rules = rulesOf([{ source: 'a.x' }, { source: 'a.y', sequence: 'commit-time' }]);

    expect(locators(rules, 'add-column')).toEqual(['a.x']);
  });

  it('asks for no old keys of a copy without changes, or of a table without a prefix for them', () => {
    const none = { op: 'Op', commitTime: 'tx_commit_time', changeSeq: 'change_seq', beforeImagePrefix: '' };

    expect(locators(rulesOf([{ source: 'a.x' }], 'full-load'), 'add-before-image-columns')).toEqual([]);
    expect(locators(rulesOf([{ source: 'a.x', changeColumns: none }]), 'add-before-image-columns')).toEqual(
      [],
    );
  });

  it('spells an underscore out only where it would match another table of the replication', () => {
    const rules = rulesOf([
      { source: 'dbo.order_line' },
      { source: 'dbo.orderXline' },
      { source: 'dbo.price_list' },
      { source: 'db_.t', name: 'other' },
    ]);

    expect(locators(rules, 'rename')).toEqual([
      'db[_].t',
      'dbo.orderXline',
      'dbo.order[_]line',
      'dbo.price_list',
    ]);
    expect(locators(rules, 'explicit')).toContain('dbo.order_line');
  });

  it('keeps hostile names whole in its JSON', () => {
    const source = `dbo.a"b'c\\d é日本 \u{1F600}`;
    const { config, replication } = dmsConfig([{ source, name: 'odd' }]);

    const parsed = JSON.parse(renderTableMappings(tableMappings(config, replication)));

    expect(parsed.rules[0]['object-locator']).toEqual({
      'schema-name': 'dbo',
      'table-name': source.slice(4),
    });
  });

  it('stays small: 500 tables in less than 200 KB', () => {
    const tables = Array.from({ length: 500 }, (_, i) => ({ source: `dbo.SomeTable${i}` }));
    const { config, replication } = dmsConfig(tables);

    expect(renderTableMappings(tableMappings(config, replication)).length).toBeLessThan(200_000);
  });
});
