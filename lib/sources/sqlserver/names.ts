import { createHash } from 'node:crypto';
import { tsql } from '../quote.ts';
import type { SourceTable } from '../source.ts';

/** Longest name of a capture instance. @see https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sys-sp-cdc-enable-table-transact-sql */
const MAX_CAPTURE_INSTANCE = 100;

/** Characters that DMS cannot have in the name of a schema or table. */
export function sqlserverNameProblem(name: string): string | null {
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'DMS copies no table with a control character in its name';
  const found = name.match(/\\|--|["';]/)?.[0];
  return found === undefined
    ? null
    : `DMS copies no SQL Server table with ${found} in its name or its schema's`;
}

/** `, @capture_instance = …` where the name that SQL Server makes up would be too long; else nothing. */
export function captureInstance({ schema, table }: SourceTable): string {
  const usual = `${schema}_${table}`;
  if (usual.length <= MAX_CAPTURE_INSTANCE) return '';
  const hash = createHash('sha256')
    .update(JSON.stringify([schema, table]))
    .digest('hex')
    .slice(0, 8);
  return `, @capture_instance = ${tsql.literal(`${usual.slice(0, MAX_CAPTURE_INSTANCE - 9)}_${hash}`)}`;
}

/** Rows of schema and table, for `from (values …) as wanted (schema_name, table_name)`. */
export function wantedTables(tables: readonly SourceTable[]): string {
  const rows = tables.map(({ schema, table }) => `    (${tsql.literal(schema)}, ${tsql.literal(table)})`);
  return `(values\n${rows.join(',\n')}\n  ) as wanted (schema_name, table_name)`;
}
