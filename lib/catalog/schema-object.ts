import type { Dialect, SqlSession } from '../ports.ts';
import type { CatalogObject } from './finding.ts';

/** Where the histories are. */
export interface CatalogPlace {
  readonly catalog: string;
  readonly schema: string;
}

/** The schema as a statement names it. The catalog of an embedded engine is its file. */
export function schemaName(dialect: Dialect, { catalog, schema }: CatalogPlace): string {
  const q = dialect.quoteIdentifier;
  return dialect.name === 'duckdb' ? q(schema) : `${q(catalog)}.${q(schema)}`;
}

/** Lists schemas, the wanted one among them if it is there. */
export function renderFindSchema(dialect: Dialect, { catalog, schema }: CatalogPlace): string {
  if (dialect.name === 'duckdb') {
    return 'select schema_name from information_schema.schemata where catalog_name = current_database()';
  }
  // The pattern is half a regular expression: a name with more than letters in it is looked for in the whole list.
  const like = /^\w+$/.test(schema) ? ` like ${dialect.stringLiteral(schema)}` : '';
  return `show schemas in ${dialect.quoteIdentifier(catalog)}${like}`;
}

/** The schema that holds histories, ledger and volumes. */
export function schemaObject(session: SqlSession, place: CatalogPlace): CatalogObject {
  const { dialect } = session;
  const name = schemaName(dialect, place);
  return {
    kind: 'schema',
    name: place.schema,
    needs: [
      { privileges: 'use catalog', on: `catalog ${dialect.quoteIdentifier(place.catalog)}` },
      { privileges: 'create schema', on: `catalog ${dialect.quoteIdentifier(place.catalog)}` },
    ],
    async look() {
      const rows = await session.query(renderFindSchema(dialect, place));
      const wanted = place.schema.toLowerCase();
      if (rows.some(([found]) => found?.toLowerCase() === wanted)) return { state: 'fits' };
      return { state: 'missing', statements: [`create schema if not exists ${name}`] };
    },
    async make(statements) {
      for (const sql of statements) await session.execute(sql);
    },
  };
}
