import type { Column } from '../lib/config/column-type.ts';

/** Key of the table that the made-up feed is of. */
export const SALE_KEY = 'id';

/** Its columns, in the order of the files. */
export const SALE_COLUMNS: readonly Column[] = [
  { name: SALE_KEY, type: { kind: 'int', bits: 64 } },
  { name: 'customer', type: { kind: 'string' } },
  { name: 'city', type: { kind: 'string' } },
  { name: 'amount', type: { kind: 'decimal', precision: 18, scale: 2 } },
  { name: 'quantity', type: { kind: 'int', bits: 32 } },
  { name: 'paid', type: { kind: 'boolean' } },
  { name: 'ordered_on', type: { kind: 'date' } },
  { name: 'changed_at', type: { kind: 'timestamp' } },
];
