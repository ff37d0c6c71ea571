import { PipelineError, TerminalError, TransientError } from '../../errors.ts';
import type { Faults, PublishResult, SnapshotSpec, Watermark } from '../../ports.ts';
import { applyRows } from './apply-rows.ts';
import { isServerError, toTargetError } from './errors.ts';
import { planTable, type TablePlan } from './plan-table.ts';
import { quoteQualified } from './quote.ts';
import type { Session } from './session.ts';
import { dropStaging, type StagingNames } from './staging.ts';
import { readTableShape } from './table-shape.ts';
import {
  assertNotSuperseded,
  ensureWatermarkTable,
  ownsTable,
  readWatermark,
  writeWatermark,
} from './watermark.ts';

/** What a publish works with. */
export interface PublishJob {
  readonly spec: SnapshotSpec;
  readonly staging: StagingNames;
  readonly stagedRows: number;
  readonly hasDeletedKeys: boolean;
  /** Use MERGE where the table allows it; undefined: where the server can. */
  readonly merge?: boolean;
  /** Unique to this publish. */
  readonly exportId: string;
  readonly lockTimeoutMs: number;
  readonly faults: Faults;
}

const where = ({ spec }: PublishJob) => `${spec.targetSchema}.${spec.targetTable}`;

/**
 * Everything of a publish but the commit, in a transaction that stays open: table, rows, watermark, and staging
 * dropped. Throws with the transaction to be rolled back.
 */
export async function preparePublish(
  session: Session,
  job: PublishJob,
  mark: Watermark,
): Promise<PublishResult> {
  const { targetSchema, targetTable } = job.spec;
  const run = (sql: string, params?: unknown[]) => session.query(`publishing ${where(job)}`, sql, params);
  await run('begin');
  await run(`select pg_catalog.set_config('lock_timeout', $1, true)`, [String(job.lockTimeoutMs)]);
  // Foreign keys of the target's owner, where deferrable, are checked against the final state only.
  await run('set constraints all deferred');
  await ensureWatermarkTable(session, targetSchema);
  const { plan, created } = await lockAndPlan(session, job);
  const stored = await readWatermark(session, targetSchema, targetTable);
  assertNotSuperseded(stored, mark, where(job), job.spec.impossibleBatch);
  for (const statement of plan.statements) await alterTable(session, job, statement);
  const result = await applyRows(session, job, plan);
  const shape = await readTableShape(session, targetSchema, targetTable);
  await writeWatermark(session, targetSchema, targetTable, {
    ...mark,
    exportId: job.exportId,
    tableOid: shape?.oid ?? '0',
    createdTable: plan.create || created,
  });
  await dropStaging(session, targetSchema, targetTable, job.staging.prefix);
  await job.faults.at('export.before-commit');
  return result;
}

/**
 * Commits. Returns false when the connection was lost and nobody can say from here whether the server did it.
 */
export async function commitPublish(session: Session, job: PublishJob): Promise<boolean> {
  try {
    const { command } = await session.raw.query('commit');
    if (command === 'COMMIT') return true;
  } catch (error) {
    // A session that is ended by force may have committed before.
    if (isServerError(error) && !/^(57P|08)/.test(error.code)) {
      throw toTargetError(error, { doing: 'publishing', where: where(job) });
    }
    return false;
  }
  throw new TransientError(
    'TARGET_CONFLICT',
    `The server rolled the export of ${where(job)} back. Run it again.`,
  );
}

/** Locks the table against writers, readers go on; then looks at it again, since it may have changed since `open`. */
async function lockAndPlan(
  session: Session,
  job: PublishJob,
): Promise<{ plan: TablePlan; created: boolean }> {
  const { spec } = job;
  const { targetSchema: schema, targetTable: table } = spec;
  const look = async () => {
    const shape = await readTableShape(session, schema, table);
    const stored = await readWatermark(session, schema, table);
    const created = ownsTable(stored, shape?.oid);
    return { plan: planTable(spec, shape, created), created };
  };
  const before = await look();
  if (before.plan.create) return before;
  // Taking the stronger lock at once: a lock that grows later can deadlock with a reader.
  const mode = before.plan.statements.length > 0 ? 'access exclusive' : 'share row exclusive';
  await session.query(`locking ${where(job)}`, `lock table ${quoteQualified(schema, table)} in ${mode} mode`);
  return look();
}

async function alterTable(session: Session, job: PublishJob, statement: string): Promise<void> {
  try {
    await session.query(`changing the columns of ${where(job)}`, statement);
  } catch (error) {
    if (!(error instanceof PipelineError) || error.context.sqlState !== '0A000') throw error;
    throw new TerminalError(
      'TARGET_WIDEN_BLOCKED',
      `Target table ${where(job)}: a column has to become wider and something that depends on it forbids that ` +
        `(${error.message}). Drop the view or rule, run the export, and create it again. The statement was:\n${statement}`,
      { cause: error },
    );
  }
}
