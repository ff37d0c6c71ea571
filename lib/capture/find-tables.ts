import type { FoundTable, TableObstacle } from '../config/init-tables.ts';
import { openSourceSession, sourceAddress } from './source-session.ts';

/** What is in the database of a source. */
export interface FoundTables {
  readonly database: string;
  /** By schema and name. Without temporary tables and single partitions. */
  readonly tables: readonly FoundTable[];
}

const TABLES = `select n.nspname as schema, c.relname as name,
  coalesce((
    select json_agg(a.attname order by k.ordinality)
    from pg_catalog.pg_index as i
    cross join lateral unnest(i.indkey) with ordinality as k (attnum, ordinality)
    join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
    where i.indrelid = c.oid and i.indisprimary
  ), '[]')::text as keys,
  coalesce((
    select json_agg(json_build_array(a.attname, t.typname) order by a.attnum)
    from pg_catalog.pg_attribute as a
    join pg_catalog.pg_type as t on t.oid = a.atttypid
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      and t.typname in ('bool', 'uuid', 'json', 'jsonb')
  ), '[]')::text as columns,
  case
    when c.relkind = 'p' then 'partitioned'
    when c.relpersistence = 'u' then 'unlogged'
    when not pg_catalog.has_table_privilege(c.oid, 'select') then 'unreadable'
  end as obstacle
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence in ('p', 'u')
  and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
order by n.nspname, c.relname`;

const TYPES = { bool: 'boolean', uuid: 'uuid', json: 'json', jsonb: 'json' } as const;

/** Reads which tables a PostgreSQL source has. Changes nothing there. @param url never printed */
export async function findTables(url: string): Promise<FoundTables> {
  const session = await openSourceSession(sourceAddress(url));
  try {
    const [row] = await session.query('asking for the database', 'select current_database() as name');
    const rows = await session.query('reading the tables', TABLES);
    return {
      database: row?.name ?? '',
      tables: rows.map(({ schema, name, keys, columns, obstacle }) => ({
        schema: schema ?? '',
        table: name ?? '',
        keys: JSON.parse(keys ?? '[]') as string[],
        obstacle: (obstacle ?? null) as TableObstacle | null,
        columns: Object.fromEntries(
          (JSON.parse(columns ?? '[]') as [string, keyof typeof TYPES][]).map(([column, type]) => [
            column,
            TYPES[type],
          ]),
        ),
      })),
    };
  } finally {
    await session.end();
  }
}
