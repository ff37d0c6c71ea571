import type { ExistingType } from './types.ts';
import type { Session } from './session.ts';

/** A column of an existing target table. */
export interface ExistingColumn {
  readonly name: string;
  readonly type: ExistingType;
  /** The type as to declare it: of a domain the domain itself. */
  readonly declared: string;
  /** ` collate "x"."y"` where the column has another collation than its type, else empty. */
  readonly collate: string;
  /** False for a collation that calls different texts equal. */
  readonly deterministic: boolean;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly generated: 'stored' | 'identity-always' | null;
}

/** What stands in the catalog under a target table's name. */
export interface ExistingTable {
  readonly oid: string;
  /** `pg_class.relkind`: r table, p partitioned, v view, m materialised view, f foreign table, … */
  readonly kind: string;
  readonly columns: readonly ExistingColumn[];
  /** One MERGE may write it: no rewrite rules, and no second unique index that would need deletes to come first. */
  readonly mergeable: boolean;
  /** Column lists that a primary key or a whole, immediate unique index holds unique. */
  readonly uniqueKeys: readonly (readonly string[])[];
}

const TABLE_SQL = `select c.oid::text as oid, c.relkind::text as kind,
  (not c.relhasrules and (
    select count(*) from pg_catalog.pg_index as i where i.indrelid = c.oid and (i.indisunique or i.indisexclusion)
  ) = 1)::text as mergeable
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2`;

const COLUMNS_SQL = `select a.attname as name,
  case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(a.atttypid, a.atttypmod) end as type,
  (t.typtype = 'e')::text as is_enum,
  format_type(a.atttypid, a.atttypmod) as declared,
  case when a.attcollation <> 0 and a.attcollation <> t.typcollation
    then format(' collate %I.%I', cn.nspname, co.collname) else '' end as collate,
  coalesce(co.collisdeterministic, true)::text as deterministic,
  a.attnotnull::text as not_null,
  (a.atthasdef or a.attidentity <> '' or t.typdefault is not null)::text as has_default,
  case when a.attgenerated <> '' then 'stored' when a.attidentity = 'a' then 'identity-always' end as generated
from pg_catalog.pg_attribute as a
join pg_catalog.pg_type as t on t.oid = a.atttypid
left join pg_catalog.pg_collation as co on co.oid = a.attcollation
left join pg_catalog.pg_namespace as cn on cn.oid = co.collnamespace
where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
order by a.attnum`;

const UNIQUE_SQL = `select json_agg(a.attname order by a.attnum)::text as names
from pg_catalog.pg_index as i
join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid
  and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1])
where i.indrelid = $1::oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
group by i.indexrelid`;

/** Reads a table's shape from the catalog; null when nothing has that name. */
export async function readTableShape(
  session: Session,
  schema: string,
  table: string,
): Promise<ExistingTable | null> {
  const doing = `reading the shape of ${schema}.${table}`;
  const [found] = (await session.query(doing, TABLE_SQL, [schema, table])).rows;
  if (!found) return null;
  const columns = (await session.query(doing, COLUMNS_SQL, [found.oid])).rows;
  const unique = (await session.query(doing, UNIQUE_SQL, [found.oid])).rows;
  return {
    oid: found.oid ?? '',
    kind: found.kind ?? '',
    mergeable: found.mergeable === 'true',
    columns: columns.map((row) => ({
      name: row.name ?? '',
      type: { text: row.type ?? '', isEnum: row.is_enum === 'true' },
      declared: row.declared ?? '',
      collate: row.collate ?? '',
      deterministic: row.deterministic === 'true',
      notNull: row.not_null === 'true',
      hasDefault: row.has_default === 'true',
      generated: row.generated as ExistingColumn['generated'],
    })),
    uniqueKeys: unique.map((row) => JSON.parse(row.names ?? '[]') as string[]),
  };
}

/** True when a schema of this name exists. */
export async function schemaExists(session: Session, schema: string): Promise<boolean> {
  const sql = 'select 1 from pg_catalog.pg_namespace where nspname = $1';
  return (await session.query(`looking for schema ${schema}`, sql, [schema])).rows.length > 0;
}
