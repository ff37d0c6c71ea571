import { describe, expect, it } from 'vitest';
import { isTargetTableOf, targetColumnName, targetTableName } from '../../../lib/export/target-table.ts';

describe('targetTableName', () => {
  it.each([
    [null, 'orders'],
    ['2026-01-31T00:00:00.000000Z', 'orders_2026_01_31'],
    ['2026-01-31T00:00:01.000000Z', 'orders_2026_01_31_000001'],
    ['2026-01-31T13:14:15.000001Z', 'orders_2026_01_31_131415_000001'],
    ['1969-12-31T23:59:59.999999Z', 'orders_1969_12_31_235959_999999'],
    ['0001-01-01T00:00:00.000000Z', 'orders_0001_01_01'],
  ])('of the snapshot at %s is %s', (asOf, name) => {
    expect(targetTableName('orders', asOf, false, ['orders'])).toBe(name);
    expect(targetTableName('orders', asOf, true, ['orders'])).toBe('orders');
    expect(isTargetTableOf('orders', name, ['orders'])).toBe(true);
  });

  it('refuses a name that Postgres would cut off, counted in bytes', () => {
    const asOf = '2026-01-31T00:00:00.000000Z';

    expect(targetTableName('名'.repeat(17), asOf, false, [])).toBe(`${'名'.repeat(17)}_2026_01_31`);
    expect(() => targetTableName('名'.repeat(18), asOf, false, [])).toThrow(/63 bytes/);
    expect(() => targetTableName('t'.repeat(64), null, false, [])).toThrow(/63 bytes/);
  });

  it('refuses the name of another configured table, unless it replaces the table itself', () => {
    const tables = ['orders', 'orders_2026_01_31'];
    const asOf = '2026-01-31T00:00:00.000000Z';

    expect(() => targetTableName('orders', asOf, false, tables)).toThrow(
      /"orders_2026_01_31", which is the name of another table/,
    );
    expect(targetTableName('orders', asOf, true, tables)).toBe('orders');
    expect(targetTableName('orders_2026_01_31', null, false, tables)).toBe('orders_2026_01_31');
  });
});

describe('isTargetTableOf', () => {
  it.each([
    'orders_',
    'orders_2026',
    'orders_2026_1_31',
    'orders_2026_01_31_12',
    'orders_2026_01_31_',
    'orders_2026_01_31_000000_1',
    'orders_2026_01_31\n',
    'Orders',
    'Orders_2026_01_31',
    'my_orders_2026_01_31',
    'orders_items_2026_01_31',
  ])('is false for %j of orders', (name) => {
    expect(isTargetTableOf('orders', name, ['orders'])).toBe(false);
  });

  it('is false for another table of the configuration', () => {
    expect(isTargetTableOf('orders', 'orders_2026_01_31', ['orders', 'orders_2026_01_31'])).toBe(false);
  });
});

describe('targetColumnName', () => {
  it('keeps or lowers the case', () => {
    expect([targetColumnName('FULL Näme', 'keep'), targetColumnName('FULL Näme', 'lower')]).toEqual([
      'FULL Näme',
      'full näme',
    ]);
  });
});
