import { describe, expect, it } from 'vitest';
import { createKeyLocator } from '../../../lib/config/locate-key.ts';
import { tableFolders } from '../../../lib/config/paths.ts';
import type { TableConfig } from '../../../lib/config/config.ts';
import { cloudConfig } from '../../helpers/cloud-config.ts';

const NAMES: readonly (readonly [name: string, source: string])[] = [
  ['customer', 'dbo.Customer'],
  ['customer', 'archive.Customer'],
  ['order_line', 'order_line'],
  ['a b', 'dbo.a b'],
  ['a+b', 'dbo.a+b'],
  ['a%20b', 'dbo.a%20b'],
  ["o'clock", "d'bo.o'clock"],
  ['日本', 'схема.日本'],
  ['x_incoming', 'dbo.x_incoming'],
  ['incoming', 'incoming.incoming'],
  ['.*', 'dbo.[.*]'],
  ['constructor', '__proto__.constructor'],
];

const PLACES = ['incoming', 'processed', 'rejected'] as const;

describe.each(['', 'landing', 'teams/sales_incoming'])('createKeyLocator below the prefix "%s"', (prefix) => {
  const config = cloudConfig();
  const [template] = config.tables;
  const tables = NAMES.map(([name, source]): TableConfig => ({ ...template!, name, source }));
  const storage = { kind: 's3', prefix } as const;
  const locate = createKeyLocator({ storage, tables });

  it.each(NAMES.map((names, index) => [...names, index] as const))(
    'finds the way back from every folder of %s from %s',
    (_, __, index) => {
      const table = tables[index]!;
      const folders = tableFolders({ storage }, table);

      for (const place of PLACES) {
        expect(locate(`${folders[place]}/LOAD1.parquet`)).toEqual({ table, place, path: 'LOAD1.parquet' });
        expect(locate(`${folders[place]}/2026/05/a b+%41.parquet`)).toEqual({
          table,
          place,
          path: '2026/05/a b+%41.parquet',
        });
      }
    },
  );

  it.each([
    '',
    'customer_incoming/x.parquet',
    'other/dbo/customer_incoming/x.parquet',
    'DBO/customer_incoming/x.parquet',
    'dbo/customer_incoming',
    'dbo/customer_incomings/x.parquet',
    'dbo//customer_incoming/x.parquet',
  ])('knows no table for the key "%s"', (key) => {
    expect(locate(prefix === '' ? key : `${prefix}/${key}`)).toBeNull();
  });
});
