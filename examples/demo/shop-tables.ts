import type { SourceTable } from '../../lib/dms-files/dms-file.ts';

/** The tables of the shop, as SQL Server has them in its schema `dbo`. */
export const SHOP_TABLES = [
  {
    name: 'customers',
    keys: ['customer_id'],
    columns: [
      { name: 'customer_id', sqlType: 'int' },
      { name: 'public_id', sqlType: 'uniqueidentifier' },
      { name: 'name', sqlType: 'nvarchar(100)' },
      { name: 'email', sqlType: 'varchar(200)' },
      { name: 'city', sqlType: 'nvarchar(60)' },
      { name: 'birth_date', sqlType: 'date' },
      { name: 'newsletter', sqlType: 'bit' },
      { name: 'credit_limit', sqlType: 'decimal(18,2)' },
      { name: 'created_at', sqlType: 'datetime2' },
    ],
  },
  {
    name: 'products',
    keys: ['sku'],
    columns: [
      { name: 'sku', sqlType: 'varchar(20)' },
      { name: 'title', sqlType: 'nvarchar(100)' },
      { name: 'price', sqlType: 'decimal(18,2)' },
      { name: 'stock', sqlType: 'int' },
      { name: 'label', sqlType: 'varbinary(16)' },
    ],
  },
  {
    name: 'orders',
    keys: ['order_id'],
    columns: [
      { name: 'order_id', sqlType: 'bigint' },
      { name: 'customer_id', sqlType: 'int' },
      { name: 'status', sqlType: 'varchar(20)' },
      { name: 'total', sqlType: 'decimal(18,2)' },
      { name: 'placed_at', sqlType: 'datetime2' },
      { name: 'shipped_on', sqlType: 'date' },
      { name: 'note', sqlType: 'nvarchar(200)' },
    ],
  },
  {
    name: 'order_lines',
    keys: ['order_id', 'line_no'],
    columns: [
      { name: 'order_id', sqlType: 'bigint' },
      { name: 'line_no', sqlType: 'smallint' },
      { name: 'sku', sqlType: 'varchar(20)' },
      { name: 'quantity', sqlType: 'int' },
      { name: 'unit_price', sqlType: 'decimal(18,2)' },
    ],
  },
] as const satisfies readonly SourceTable[];
