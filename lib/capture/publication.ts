import { TerminalError } from '../errors.ts';
import { pgsql } from '../sources/quote.ts';
import { type Relation, relationId, relationName } from './relation.ts';
import type { SourceSession } from './source-session.ts';

const OPERATIONS = ['pubinsert', 'pubupdate', 'pubdelete', 'pubtruncate'] as const;

/**
 * Makes the publication of these tables if there is none of that name; true if it did. One that is there stays as it
 * is, and must have at least these tables and every operation: else `TerminalError` CAPTURE_PUBLICATION.
 */
export async function ensurePublication(
  session: SourceSession,
  publication: string,
  tables: readonly Relation[],
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
with (publish = 'insert, update, delete, truncate')`,
  );
  return true;
}

async function assertHolds(
  session: SourceSession,
  publication: string,
  tables: readonly Relation[],
  isPartial: boolean,
): Promise<void> {
  const rows = await session.query(
    'reading the publication',
    'select schemaname as schema, tablename as name from pg_catalog.pg_publication_tables where pubname = $1',
    [publication],
  );
  const held = new Set(
    rows.map(({ schema, name }) => relationId({ schema: schema ?? '', name: name ?? '' })),
  );
  const missing = tables.filter((table) => !held.has(relationId(table)));
  const fixes = [
    ...missing.map(
      (table) => `alter publication ${pgsql.name(publication)} add table only ${relationName(table)};`,
    ),
    ...(isPartial
      ? [`alter publication ${pgsql.name(publication)} set (publish = 'insert, update, delete, truncate');`]
      : []),
  ];
  if (fixes.length === 0) return;
  throw new TerminalError(
    'CAPTURE_PUBLICATION',
    `Publication ${publication} is there and does not publish all that is configured. Name another one, or run:\n${fixes.map((fix) => `  ${fix}`).join('\n')}`,
  );
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
