import { TransientError } from '../../errors.ts';
import { quoteQualified } from './quote.ts';
import type { Session } from './session.ts';
import { PROGRESS, type SharedStaging, sharedPrefix, stagingTables } from './staging.ts';

/** After so many seconds without a sign of life a shared export is taken for dead; a part that loads is one. */
export const SILENCE_SECONDS = 1800;

/** What a shared export knows of itself. */
export interface Progress {
  readonly runId: string;
  /** It made the schema, and takes it away when it comes to nothing. */
  readonly madeSchema: boolean;
  /** Numbers of the parts that are staged. */
  readonly parts: ReadonlySet<number>;
  readonly rows: number;
}

/** Number of the row that says how the export began. */
const BEGUN = -1;

/** Unlogged like the rows: after a crash of the server both are gone, and never only the rows. */
export function renderProgressTable(progress: string): string {
  return `create unlogged table ${progress} (
  part integer primary key,
  run_id text not null,
  made_schema boolean not null,
  staged bigint not null,
  seen_at timestamptz not null
)`;
}

/** Records that the export began, or that a part is staged. */
export async function writeProgress(
  session: Session,
  doing: string,
  staging: SharedStaging,
  { runId, madeSchema = false, part = BEGUN, rows = 0 }: WrittenProgress,
): Promise<void> {
  await session.query(
    doing,
    `insert into ${staging.progress} (part, run_id, made_schema, staged, seen_at)
values ($1, $2, $3, $4, clock_timestamp())
on conflict (part) do update set staged = excluded.staged, seen_at = excluded.seen_at`,
    [part, runId, madeSchema, rows],
  );
}

interface WrittenProgress {
  readonly runId: string;
  readonly madeSchema?: boolean;
  readonly part?: number;
  readonly rows?: number;
}

/** How far a shared export is, or null when its staging area is gone or was emptied by a crash of the server. */
export async function readProgress(session: Session, progress: string): Promise<Progress | null> {
  const doing = 'reading how far an export is';
  const found = await session.query(doing, 'select pg_catalog.to_regclass($1) is not null as found', [
    progress,
  ]);
  if (found.rows[0]?.found !== 't') return null;
  const { rows } = await session.query(doing, `select part, run_id, made_schema, staged from ${progress}`);
  const begun = rows.find(({ part }) => Number(part) === BEGUN);
  if (!begun) return null;
  const parts = rows.filter((row) => row !== begun);
  return {
    runId: begun.run_id ?? '',
    madeSchema: begun.made_schema === 't',
    parts: new Set(parts.map(({ part }) => Number(part))),
    rows: parts.reduce((sum, { staged }) => sum + Number(staged), 0),
  };
}

/** The id of the shared export of a table that lives, or null. */
export async function livingRun(session: Session, schema: string, table: string): Promise<string | null> {
  const doing = `looking for exports of ${schema}.${table}`;
  const names = await stagingTables(session, doing, schema, sharedPrefix(schema, table));
  for (const name of names.filter((one) => one.endsWith(`_${PROGRESS}`))) {
    const progress = await readProgress(session, quoteQualified(schema, name));
    if (!progress) continue;
    const prefix = name.slice(0, -PROGRESS.length);
    if (await hasSignOfLife(session, doing, schema, name, prefix)) return progress.runId;
  }
  return null;
}

async function hasSignOfLife(
  session: Session,
  doing: string,
  schema: string,
  progress: string,
  prefix: string,
): Promise<boolean> {
  const { rows } = await session.query(
    doing,
    `select exists (
  select
  from ${quoteQualified(schema, progress)}
  where seen_at > clock_timestamp() - make_interval(secs => $3)
) or exists (
  select
  from pg_catalog.pg_locks as l
  join pg_catalog.pg_class as c on c.oid = l.relation
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_database as d on d.oid = l.database and d.datname = current_database()
  where n.nspname = $1 and left(c.relname, length($2)) = $2
    and l.mode = 'AccessExclusiveLock' and l.granted and l.pid <> pg_backend_pid()
) as lives`,
    [schema, prefix, SILENCE_SECONDS],
  );
  return rows[0]?.lives === 't';
}

/** Throws `TransientError` EXPORT_UNDER_WAY while a shared export of the table, but for this one, lives. */
export async function assertNoneUnderWay(
  session: Session,
  schema: string,
  table: string,
  runId: string | null,
): Promise<void> {
  const living = await livingRun(session, schema, table);
  if (living === null || living === runId) return;
  throw new TransientError(
    'EXPORT_UNDER_WAY',
    `An export of ${schema}.${table} in several steps (${living}) is under way. Run this one again when it is done; ` +
      `one that died is taken for dead after ${SILENCE_SECONDS / 60} minutes without a sign of life.`,
    { context: { run: living } },
  );
}
