import type { Relation } from './relation.ts';
import type { SourceSession } from './source-session.ts';
import type { Domains } from './source-type.ts';
import type { SourceColumn } from './table-layout.ts';

/** What the log has of the row before an update or delete. */
export type ReplicaIdentity = 'default' | 'nothing' | 'full' | 'index';

/** A column as the catalog has it. */
export interface CatalogColumn extends SourceColumn {
  /** Large values may be kept apart, and are then not in the log unless they changed. */
  readonly isToastable: boolean;
  /** Part of what identifies a row in the log, where that is an index. */
  readonly isIdentity: boolean;
}

/** A table as the catalog has it. */
export interface CatalogTable extends Relation {
  /** Stays while the table is renamed. */
  readonly oid: number;
  /** `r` is an ordinary table. */
  readonly kind: string;
  readonly isLogged: boolean;
  readonly identity: ReplicaIdentity;
  readonly mayRead: boolean;
  /** Generated columns, which are no part of the files. */
  readonly generated: readonly string[];
  /** Some of them are not even kept in the table. */
  readonly hasVirtual: boolean;
  /** All others. In the order of the table. */
  readonly columns: readonly CatalogColumn[];
}

const IDENTITIES: Readonly<Record<string, ReplicaIdentity>> = {
  d: 'default',
  n: 'nothing',
  f: 'full',
  i: 'index',
};

const TABLES = `select
  c.oid::text as oid, n.nspname as schema, c.relname as name, c.relkind as kind, c.relreplident as identity,
  (c.relpersistence = 'p')::text as is_logged,
  pg_catalog.has_table_privilege(c.oid, 'select')::text as may_read,
  coalesce((
    select json_agg(a.attname) from pg_catalog.pg_attribute as a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated <> ''
  ), '[]')::text as generated,
  exists (
    select 1 from pg_catalog.pg_attribute as a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = 'v'
  )::text as has_virtual
from unnest($1::text[], $2::text[]) as wanted (schema, name)
join pg_catalog.pg_namespace as n on n.nspname = wanted.schema
join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = wanted.name`;

const COLUMNS = `select
  a.attrelid::text as oid, a.attname as name, a.atttypid::text as type, a.atttypmod::text as modifier,
  (a.attstorage <> 'p')::text as toastable, coalesce(a.attnum = any(i.indkey), false)::text as identity
from pg_catalog.pg_attribute as a
join pg_catalog.pg_class as c on c.oid = a.attrelid
left join pg_catalog.pg_index as i on i.indrelid = c.oid
  and case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident else false end
where a.attrelid = any($1::oid[]) and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
order by a.attrelid, a.attnum`;

/** The tables that are there, of those asked for, in no order. */
export async function readTables(
  session: SourceSession,
  wanted: readonly Relation[],
): Promise<CatalogTable[]> {
  const names = [wanted.map(({ schema }) => schema), wanted.map(({ name }) => name)];
  const tables = await session.query('reading the tables', TABLES, names);
  const columns = await session.query('reading the columns', COLUMNS, [tables.map(({ oid }) => oid)]);
  return tables.map((row) => ({
    oid: Number(row.oid),
    schema: row.schema ?? '',
    name: row.name ?? '',
    kind: row.kind ?? '',
    isLogged: row.is_logged === 'true',
    identity: IDENTITIES[row.identity ?? ''] ?? 'nothing',
    mayRead: row.may_read === 'true',
    generated: JSON.parse(row.generated ?? '[]') as string[],
    hasVirtual: row.has_virtual === 'true',
    columns: columns
      .filter(({ oid }) => oid === row.oid)
      .map(({ name, type, modifier, toastable, identity }) => ({
        name: name ?? '',
        type: { oid: Number(type), modifier: Number(modifier) },
        isToastable: toastable === 'true',
        isIdentity: identity === 'true',
      })),
  }));
}

/** All domains of the database. */
export async function readDomains(session: SourceSession): Promise<Domains> {
  const rows = await session.query(
    'reading the domains',
    `select oid::text as oid, typbasetype::text as base, typtypmod::text as modifier
from pg_catalog.pg_type where typtype = 'd'`,
  );
  return new Map(
    rows.map(({ oid, base, modifier }) => [Number(oid), { oid: Number(base), modifier: Number(modifier) }]),
  );
}

/** What decides whether the source's log can be read at all. */
export interface SourceServer {
  readonly walLevel: string;
  readonly mayReplicate: boolean;
  readonly isStandby: boolean;
  /** Identity of the server and its database: a copy of the server has the same, another server never. */
  readonly id: string;
}

/** Reads the settings and the rights that capture needs. */
export async function readServer(session: SourceSession): Promise<SourceServer> {
  const [row] = await session.query(
    'reading the settings',
    `select
  pg_catalog.current_setting('wal_level') as wal_level,
  pg_catalog.pg_is_in_recovery()::text as standby,
  (r.rolsuper or r.rolreplication or exists (
    select 1 from pg_catalog.pg_roles as rds
    where rds.rolname = 'rds_replication' and pg_catalog.pg_has_role(rds.oid, 'member')
  ))::text as may_replicate,
  (select system_identifier::text from pg_catalog.pg_control_system()) as system_id,
  pg_catalog.current_database() as database
from pg_catalog.pg_roles as r where r.rolname = current_user`,
  );
  return {
    walLevel: row?.wal_level ?? '',
    mayReplicate: row?.may_replicate === 'true',
    isStandby: row?.standby === 'true',
    id: `${row?.system_id}/${row?.database}`,
  };
}
