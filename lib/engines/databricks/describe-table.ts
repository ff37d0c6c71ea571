import type { Column } from '../../config/column-type.ts';
import { TerminalError } from '../../errors.ts';
import type { Dialect, TableRef } from '../../ports.ts';

/** A row of `describe table`: name, type, comment. */
export type DescribeRow = readonly (string | null)[];

/**
 * The columns that `describe table` lists. Its report goes on with headings such as `# Clustering Information`, which
 * have no type, and repeats some columns there. Throws `TerminalError` COLUMN_TYPE_FOREIGN for a type that no history
 * has. Pure.
 */
export function describedColumns(rows: readonly DescribeRow[], table: TableRef, dialect: Dialect): Column[] {
  const heading = rows.findIndex(([, type]) => !type);
  return rows.slice(0, heading < 0 ? rows.length : heading).map(([name, text]) => {
    const type = dialect.parseColumnType(text ?? '');
    if (type === null) {
      throw new TerminalError(
        'COLUMN_TYPE_FOREIGN',
        `Table ${table.schema}.${table.name}: column ${name} has type ${text}, which no history column has. Was the table made by something else?`,
      );
    }
    return { name: name ?? '', type };
  });
}
