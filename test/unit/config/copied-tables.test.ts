import { describe, expect, it } from 'vitest';
import { CLOUD_YAML, cloudConfig, cloudYaml } from '../../helpers/cloud-config.ts';
import { complaints, parse, withTable } from './parse.ts';

const [ERP] = CLOUD_YAML.replications;
const CRM = { name: 'crm', source: { ...ERP.source, database: 'crm' } };

const table = (fields: Readonly<Record<string, unknown>> = {}) => ({
  name: 'customer',
  source: 'dbo.Customer',
  keys: ['id'],
  ...fields,
});
const yamlOf = (tables: readonly unknown[], rest = {}) => cloudYaml({ tables, exports: null, ...rest });
const warningsOf = (yaml: string) => parse(yaml).warnings.map(({ path, message }) => `${path}: ${message}`);

describe('the replication of a table', () => {
  it('is the only one there is, unless it says none', () => {
    const { tables } = cloudConfig({
      tables: [table(), table({ name: 'rate', source: 'dbo.rate', replication: 'none' })],
    });

    expect(tables.map(({ name, replication }) => [name, replication])).toEqual([
      ['customer', 'erp'],
      ['rate', null],
    ]);
  });

  it('is none where there are several and it says nothing, with a warning', () => {
    const tables = [
      table({ replication: 'crm' }),
      table({ name: 'item', source: 'dbo.Item', replication: 'erp' }),
      table({ name: 'rate', source: 'dbo.Rate' }),
    ];
    const yaml = yamlOf(tables, { replications: [ERP, CRM] });

    expect(parse(yaml).config.tables.map(({ replication }) => replication)).toEqual(['crm', 'erp', null]);
    expect(warningsOf(yaml)).toEqual(['tables[2]: is copied by none of the replications']);
  });

  it('may come from defaults, and is none where there is no replication', () => {
    const tables = [table(), table({ name: 'item', source: 'dbo.Item', replication: 'erp' })];
    const yaml = yamlOf(tables, { replications: [ERP, CRM], defaults: { replication: 'crm' } });

    expect(parse(yaml).config.tables.map(({ replication }) => replication)).toEqual(['crm', 'erp']);
    expect(parse(withTable('')).config.tables[0]?.replication).toBeNull();
  });

  it('has to be there', () => {
    expect(complaints(withTable('replication: erp'))).toEqual([
      'tables[0].replication: "erp" is not a replication',
    ]);
    expect(complaints(yamlOf([table()], { defaults: { replication: 'epr' } }))).toEqual([
      'defaults.replication: "epr" is not a replication',
    ]);
  });
});

describe('a copied table', () => {
  it('keeps what it does not copy and how its columns are named', () => {
    const [first] = cloudConfig({
      tables: [table({ excludeColumns: ['Photo'], columnNames: 'lower', paused: true })],
    }).tables;

    expect(first).toMatchObject({ excludeColumns: ['Photo'], columnNames: 'lower', paused: true });
  });

  it.each([
    [{ source: 'customer' }, 'source: "customer" does not name schema and table'],
    [{ source: '.customer' }, 'source: ".customer" does not name schema and table'],
    [{ source: 'dbo.' }, 'source: "dbo." does not name schema and table'],
    [{ excludeColumns: ['ID'] }, 'excludeColumns[0]: "ID" is a key'],
    [{ excludeColumns: ['a', 'A'] }, 'excludeColumns[1]: "A" is listed twice'],
    [
      { excludeColumns: ['Name'], columns: { id: 'int', name: 'text' } },
      'excludeColumns[0]: "Name" is a column of the contract',
    ],
    [{ excludeColumns: ['name'], track: ['name'] }, 'excludeColumns[0]: "name" is a column of `track`'],
    [
      { excludeColumns: ['a#b'] },
      'excludeColumns[0]: "a#b" has "#", "\\", "/" or "-" in it, and DMS applies no rule to such a column',
    ],
    [
      { keys: ['Id'], columnNames: 'lower' },
      'keys[0]: key "Id" has upper case letters, but `columnNames: lower` leaves none in the files',
    ],
    [
      { keys: 'Id', columnNames: 'lower' },
      'keys: key "Id" has upper case letters, but `columnNames: lower` leaves none in the files',
    ],
  ])('is refused for %j', (fields, complaint) => {
    expect(complaints(yamlOf([table(fields)]))).toEqual([`tables[0].${complaint}`]);
  });

  it('may leave out a column that only `track: {except}` names', () => {
    const yaml = yamlOf([table({ excludeColumns: ['a'], track: { except: ['a'] } })]);

    expect(warningsOf(yaml)).toEqual([]);
  });

  it('names its schema itself where the database is none of SQL Server', () => {
    const replications = [{ ...ERP, source: { ...ERP.source, engine: 'postgres' } }];

    expect(complaints(yamlOf([table({ source: undefined })], { replications }))).toEqual([
      'tables[0].source: is missing: "dbo.customer" would be a table of SQL Server',
    ]);
  });

  it('is copied from its database once', () => {
    const again = table({ name: 'customer_too', source: 'DBO.customer' });
    const message = '"DBO.customer" is copied into tables[0] too, from the same database';
    const sameDatabase = { replications: [ERP, { ...ERP, name: 'erp-2' }] };
    const twoDatabases = { replications: [ERP, CRM] };
    const each = (other: string) => [table({ replication: 'erp' }), { ...again, replication: other }];

    expect(complaints(yamlOf([table(), again]))).toEqual([`tables[1].source: ${message}`]);
    expect(complaints(yamlOf(each('erp-2'), sameDatabase))).toEqual([`tables[1].source: ${message}`]);
    expect(warningsOf(yamlOf(each('crm'), twoDatabases))).toEqual([]);
  });

  it('is what settings of copying are for', () => {
    const lines = 'excludeColumns: [a]\ncolumnNames: lower';

    expect(warningsOf(withTable(lines))).toEqual([
      'tables[0].excludeColumns: has no meaning for a table that no replication copies',
      'tables[0].columnNames: has no meaning for a table that no replication copies',
    ]);
  });
});

describe('folders of tables in a bucket', () => {
  const elsewhere = (source: string, name = 'customer') => table({ source, name, replication: 'none' });

  it('may not lie in each other, whatever the case of letters', () => {
    const item = table({ name: 'item', source: 'dbo.Item' });

    expect(
      complaints(yamlOf([item, elsewhere('orders', 'Orders'), elsewhere('orders_Incoming.x', 'x')])),
    ).toEqual([
      'tables[2]: its folder "landing/orders_Incoming/x_incoming" lies in a folder of tables[1], "landing/Orders_incoming"',
      'tables[2]: its folder "landing/orders_Incoming/x_processed" lies in a folder of tables[1], "landing/Orders_incoming"',
      'tables[2]: its folder "landing/orders_Incoming/x_rejected" lies in a folder of tables[1], "landing/Orders_incoming"',
    ]);
  });

  it('are told apart by nothing but the names of the tables', () => {
    const tables = [table(), table({ name: 'Customer', source: 'dbo.other' })];

    expect(complaints(yamlOf(tables))).toEqual([
      'tables[1].name: "Customer" repeats "customer" of tables[0]',
    ]);
  });

  it.each(['a/b.customer', '../x.customer', 'a\\b.customer', '_x.customer', '.x.customer'])(
    'refuse a schema that is none: %s',
    (source) => {
      expect(complaints(yamlOf([table({ name: 'item', source: 'dbo.Item' }), elsewhere(source)]))).toEqual([
        expect.stringContaining('tables[1].source: the schema "'),
      ]);
    },
  );

  it('fit into the key of a file', () => {
    const source = `${'s'.repeat(700)}.customer`;

    expect(complaints(yamlOf([table({ source, name: 'n'.repeat(100) })]))).toContain(
      'tables[0]: its folder has 818 bytes, too many for the key of a file',
    );
  });
});
