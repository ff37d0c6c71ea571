import { PipelineError, TerminalError } from '../../errors.ts';
import type { PublishResult } from '../../ports.ts';
import type { TablePlan } from './plan-table.ts';
import type { PublishJob } from './publish.ts';
import {
  type PublishNames,
  renderDeleteKeys,
  renderDeleteMissing,
  renderDuplicateKeys,
  renderInsertAll,
  renderInsertMissing,
  renderMerge,
  renderUpdateChanged,
} from './publish-sql.ts';
import { quoteList, quoteQualified } from './quote.ts';
import type { Session } from './session.ts';

/** First Postgres whose MERGE knows rows that the source does not have, and says what it did. */
const MERGE_VERSION = 170000;

/**
 * Brings the target's rows to what is staged, inside the publishing transaction, in the cheapest way that the table
 * and the server allow. Throws `TerminalError` DUPLICATE_KEYS.
 */
export async function applyRows(session: Session, job: PublishJob, plan: TablePlan): Promise<PublishResult> {
  const { spec, staging } = job;
  const names: PublishNames = {
    target: quoteQualified(spec.targetSchema, spec.targetTable),
    rows: staging.rows,
    deletedKeys: staging.keys,
    keys: spec.keys,
    columns: plan.columns,
  };
  const count = async (sql: string) => (await session.query(`publishing ${where(job)}`, sql)).count;
  if (plan.create) {
    const upserted = await count(renderInsertAll(names));
    await addPrimaryKey(session, job, names.target);
    return { upserted, removed: 0, unchanged: 0 };
  }
  await count(`analyze ${staging.rows}`);
  await assertNoDuplicates(session, job, names);
  if (spec.mode === 'full' && (await isEmpty(session, names.target))) {
    return { upserted: await count(renderInsertAll(names)), removed: 0, unchanged: 0 };
  }
  const deleted = job.hasDeletedKeys ? await count(renderDeleteKeys(names)) : 0;
  const merge = plan.mergeable && (job.merge ?? (await canMerge(session)));
  const applied = merge ? await mergeRows(session, job, names) : await writeRows(count, job, names);
  return { ...applied, removed: applied.removed + deleted, unchanged: job.stagedRows - applied.upserted };
}

const where = ({ spec }: PublishJob) => `${spec.targetSchema}.${spec.targetTable}`;
const removesMissing = ({ spec }: PublishJob) => spec.mode === 'full' && spec.removeMissing;

async function canMerge(session: Session): Promise<boolean> {
  const { rows } = await session.query(
    'reading the version',
    `select current_setting('server_version_num') as version`,
  );
  return Number(rows[0]?.version) >= MERGE_VERSION;
}

async function mergeRows(session: Session, job: PublishJob, names: PublishNames) {
  const { rows } = await session.query(`publishing ${where(job)}`, renderMerge(names, removesMissing(job)));
  const counts = new Map(rows.map(({ action, rows: n }) => [action, Number(n)]));
  const upserted = (counts.get('INSERT') ?? 0) + (counts.get('UPDATE') ?? 0);
  return { upserted, removed: counts.get('DELETE') ?? 0 };
}

/** Deletes first: they may free a unique value that a written row needs. */
async function writeRows(count: (sql: string) => Promise<number>, job: PublishJob, names: PublishNames) {
  const removed = removesMissing(job) ? await count(renderDeleteMissing(names)) : 0;
  const update = renderUpdateChanged(names);
  const updated = update ? await count(update) : 0;
  return { upserted: updated + (await count(renderInsertMissing(names))), removed };
}

async function isEmpty(session: Session, target: string): Promise<boolean> {
  const { rows } = await session.query('looking for rows', `select exists (select from ${target}) as filled`);
  return rows[0]?.filled === 'f';
}

async function addPrimaryKey(session: Session, job: PublishJob, target: string): Promise<void> {
  const sql = `alter table ${target} add primary key (${quoteList(job.spec.keys)})`;
  try {
    await session.query(`adding the primary key of ${where(job)}`, sql);
  } catch (error) {
    if (error instanceof PipelineError && error.context.sqlState === '23505')
      throw duplicateKeys(job, 'at least 1');
    throw error;
  }
}

async function assertNoDuplicates(session: Session, job: PublishJob, names: PublishNames): Promise<void> {
  const { rows } = await session.query(`checking the keys of ${where(job)}`, renderDuplicateKeys(names));
  const duplicates = rows[0]?.duplicates ?? '0';
  if (duplicates !== '0') throw duplicateKeys(job, duplicates);
}

function duplicateKeys(job: PublishJob, count: string): TerminalError {
  return new TerminalError(
    'DUPLICATE_KEYS',
    `The snapshot for ${where(job)} holds ${count} key(s) (${job.spec.keys.join(', ')}) more than once; the target is ` +
      'unchanged. Check "keys" of the table and run "tidemark verify".',
    { context: { keys: job.spec.keys } },
  );
}
