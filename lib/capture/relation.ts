import type { TableConfig } from '../config/config.ts';
import { sourceSchema, sourceTable } from '../config/paths.ts';
import { pgsql, tableName } from '../sources/quote.ts';

/** A table of the source by its parts. */
export interface Relation {
  readonly schema: string;
  readonly name: string;
}

/** The source table of a configured one; without a schema in its name that is `public`. */
export function relationOf({ source }: TableConfig): Relation {
  return { schema: sourceSchema(source) || 'public', name: sourceTable(source) };
}

/** One text for a relation, which no other has. */
export function relationId({ schema, name }: Relation): string {
  return JSON.stringify([schema, name]);
}

/** Quoted, for SQL. */
export function relationName({ schema, name }: Relation): string {
  return tableName(pgsql, { schema, table: name });
}
