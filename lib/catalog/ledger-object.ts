import { formatColumnType, sameColumnType } from '../config/column-type.ts';
import { renderEvolution } from '../history/table-definition.ts';
import { type LedgerTable, ledgerRef, renderCreateLedgerTable } from '../ledger/ledger-tables.ts';
import type { Dialect, SqlSession, TableRef } from '../ports.ts';
import type { CatalogObject, Finding } from './finding.ts';
import { type Relation, readRelation } from './relation.ts';
import { type CatalogPlace, schemaName } from './schema-object.ts';

/** Without these a row says nothing, so no default can stand in for one; any other may be null on an older row. */
const ESSENTIAL: ReadonlySet<string> = new Set([
  'table_name',
  'history_id',
  'fence',
  'batch_id',
  'status',
  'path',
  'version',
  'generation',
  'instant',
  'key_columns',
  'key_hash',
  'erased_at',
  'recorded_at',
]);

/** Compares a ledger table with what is there. Columns that only an older release had are left alone. */
export function judgeLedgerTable(
  dialect: Dialect,
  ref: TableRef,
  wanted: LedgerTable,
  found: Relation | null,
): Finding {
  if (!found) return { state: 'missing', statements: [renderCreateLedgerTable(dialect, ref, wanted)] };
  if (found.kind !== 'table') return differs(`it is a ${found.described}, wanted a table`);
  if (!found.columns) return differs(found.foreign ?? 'a column has a foreign type');
  const there = new Map(found.columns.map((column) => [column.name.toLowerCase(), column.type]));
  const wrong = wanted.columns.find(({ name, type }) => {
    const held = there.get(name);
    return held !== undefined && !sameColumnType(held, type);
  });
  if (wrong) {
    const held = formatColumnType(there.get(wrong.name)!);
    return differs(`column "${wrong.name}" is ${held}, wanted ${formatColumnType(wrong.type)}`);
  }
  const lacking = wanted.columns.filter(({ name }) => !there.has(name));
  const lost = lacking.find(({ name }) => ESSENTIAL.has(name));
  if (lost) return differs(`it has no column "${lost.name}", and nothing can stand in for it`);
  if (lacking.length === 0) return { state: 'fits' };
  return {
    state: 'migrated',
    statements: renderEvolution(dialect, ref, lacking, []),
    note: `adds ${lacking.map(({ name }) => name).join(', ')}`,
  };
}

const differs = (what: string): Finding => ({
  state: 'differs',
  note: `${what}. Something else may have made it: rename it, or choose another "schema", and run setup again`,
});

/** One table of the ledger. */
export function ledgerObject(session: SqlSession, place: CatalogPlace, table: LedgerTable): CatalogObject {
  const { dialect } = session;
  const ref = ledgerRef(place.catalog, place.schema, table);
  return {
    kind: 'ledger',
    name: table.name,
    needs: [
      { privileges: 'use schema, create table', on: `schema ${schemaName(dialect, place)}` },
      { privileges: 'select, modify', on: `table ${dialect.tableName(ref)}` },
    ],
    look: async () => judgeLedgerTable(dialect, ref, table, await readRelation(session, ref)),
    async make(statements) {
      for (const sql of statements) await session.execute(sql);
    },
  };
}
