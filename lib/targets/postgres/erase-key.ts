import { quoteIdentifier, quoteQualified } from './quote.ts';
import type { Session } from './session.ts';
import { dropStaging, takeTurn } from './staging.ts';
import { readTableShape } from './table-shape.ts';

/**
 * Removes the rows of one key from a target table, and everything that is staged for it, which may hold the key too. Values
 * are canonical text. Returns rows removed; 0 when the table or a key column is not there.
 */
export async function eraseKeyFrom(
  session: Session,
  schema: string,
  table: string,
  key: Readonly<Record<string, string>>,
  waitMs: number,
): Promise<number> {
  await takeTurn(session, schema, table, waitMs);
  await dropStaging(session, schema, table);
  const shape = await readTableShape(session, schema, table);
  const names = Object.keys(key);
  if (!shape || !'rp'.includes(shape.kind) || names.length === 0) return 0;
  const conditions = names.map((name, index) => {
    const column = shape.columns.find((found) => found.name === name);
    if (!column) return null;
    const value = column.type.text === 'bytea' ? `pg_catalog.decode($${index + 1}, 'hex')` : `$${index + 1}`;
    return `${quoteIdentifier(name)} = ${value}`;
  });
  if (conditions.includes(null)) return 0;
  const sql = `delete from ${quoteQualified(schema, table)}\nwhere ${conditions.join(' and ')}`;
  return (await session.query(`erasing a key from ${schema}.${table}`, sql, Object.values(key))).count;
}
