import { TerminalError } from '../errors.ts';
import { pgsql } from '../sources/quote.ts';
import { type Relation, relationId, relationName } from './relation.ts';
import type { SourceSession } from './source-session.ts';

const OPERATIONS = ['pubinsert', 'pubupdate', 'pubdelete', 'pubtruncate'] as const;

/** A table whose changes a publication must have. */
export interface WantedTable extends Relation {
  readonly columns: readonly string[];
}

/**
 * Makes the publication of these tables if there is none of that name; true if it did. One that is there stays as it
 * is, and must have at least these tables, all their rows and columns, and every operation: else `TerminalError`
 * CAPTURE_PUBLICATION.
 */
export async function ensurePublication(
  session: SourceSession,
  publication: string,
  tables: readonly WantedTable[],
): Promise<boolean> {
  const [found] = await session.query(
    'reading the publication',
    `select ${OPERATIONS.map((name) => `${name}::text as ${name}`).join(', ')}
from pg_catalog.pg_publication where pubname = $1`,
    [publication],
  );
  if (found) {
    const isPartial = OPERATIONS.some((name) => found[name] !== 'true');
    await assertHolds(session, publication, tables, isPartial);
    return false;
  }
  const list = tables.map((table) => `only ${relationName(table)}`).join(', ');
  await session.query(
    'making the publication',
    `create publication ${pgsql.name(publication)} for table ${list}
with (publish = 'insert, update, delete, truncate'${await publishGenerated(session)})`,
  );
  return true;
}

/**
 * From version 18 on, the server refuses every update of a table that has its whole rows in the log and generated
 * columns that are not published.
 */
async function publishGenerated(session: SourceSession): Promise<string> {
  const [row] = await session.query(
    'reading the version',
    "select (pg_catalog.current_setting('server_version_num')::int >= 180000)::text as can",
  );
  return row?.can === 'true' ? ', publish_generated_columns = stored' : '';
}

async function assertHolds(
  session: SourceSession,
  publication: string,
  tables: readonly WantedTable[],
  isPartial: boolean,
): Promise<void> {
  const held = await readPublished(session, publication);
  const fixes = [
    ...tables.flatMap((table) => {
      const found = held.find((one) => relationId(one) === relationId(table));
      return [
        ...(found && !isWhole(found, table) ? [`drop table only ${relationName(table)}`] : []),
        ...(found && isWhole(found, table) ? [] : [`add table only ${relationName(table)}`]),
      ].map((change) => `alter publication ${pgsql.name(publication)} ${change};`);
    }),
    ...(isPartial
      ? [`alter publication ${pgsql.name(publication)} set (publish = 'insert, update, delete, truncate');`]
      : []),
  ];
  if (fixes.length === 0) return;
  const list = fixes.map((fix) => `  ${fix}`).join('\n');
  throw new TerminalError(
    'CAPTURE_PUBLICATION',
    `Publication ${publication} is there and does not publish all that is configured. Name another one, or run:\n${list}\nWhat was changed while it did not is not in the log: where capture had begun, start over with a full load, "tidemark dev capture --drop".`,
  );
}

/** A table of a publication. */
export interface PublishedTable extends Relation {
  readonly oid: number;
  /** Not all rows. */
  readonly isFiltered: boolean;
  /** Null from servers before version 15, which publish all. */
  readonly columns: readonly string[] | null;
}

// As JSON, since servers before version 15 have neither row filters nor lists of columns.
const PUBLISHED = `select
  c.oid::text as oid, t.schemaname as schema, t.tablename as name,
  (to_jsonb(t) ->> 'rowfilter' is not null)::text as filtered, (to_jsonb(t) -> 'attnames')::text as columns
from pg_catalog.pg_publication_tables as t
join pg_catalog.pg_namespace as n on n.nspname = t.schemaname
join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = t.tablename
where t.pubname = $1`;

/** The tables of a publication; none where there is no such publication. */
export async function readPublished(session: SourceSession, publication: string): Promise<PublishedTable[]> {
  const rows = await session.query('reading the publication', PUBLISHED, [publication]);
  return rows.map(({ oid, schema, name, filtered, columns }) => ({
    oid: Number(oid),
    schema: schema ?? '',
    name: name ?? '',
    isFiltered: filtered === 'true',
    columns: JSON.parse(columns ?? 'null') as string[] | null,
  }));
}

function isWhole({ isFiltered, columns }: PublishedTable, wanted: WantedTable): boolean {
  return !isFiltered && (columns === null || wanted.columns.every((name) => columns.includes(name)));
}

/** Drops the publication; none there is success. True if there was one. */
export async function dropPublication(session: SourceSession, publication: string): Promise<boolean> {
  const found = await session.query(
    'reading the publication',
    'select 1 as one from pg_catalog.pg_publication where pubname = $1',
    [publication],
  );
  if (found.length === 0) return false;
  await session.query('dropping the publication', `drop publication if exists ${pgsql.name(publication)}`);
  return true;
}
