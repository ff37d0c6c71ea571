import { afterIngestCall, callBody } from '../bell/call.ts';
import { BELL_ENVIRONMENT } from '../bell/environment.ts';
import { parseRing } from '../bell/ring.ts';
import type { TableConfig } from '../config/config.ts';
import { isTransient, type PipelineError, toPipelineError } from '../errors.ts';
import { ingestTable } from '../ingest/ingest-table.ts';
import { emptyReport, type TableReport } from '../ingest/report.ts';
import { secondsBetween } from '../instant.ts';
import { leaveLastFailure } from '../operations/last-failure.ts';
import { deployedValue } from './environment.ts';
import type { FunctionScope, QueueMessage } from './function-scope.ts';
import { type BatchResponse, failed, isRedelivered, putAside, type QueueRecord } from './queue-batch.ts';
import { reportMetrics } from './report-metrics.ts';
import { tellFailure } from './tell-failure.ts';
import { createTimeBudget } from './time-budget.ts';

/**
 * Works on messages of the queue of tables, each of which has one table look for files, one after the other. When one
 * may succeed later, it and all behind it are shown again, so that the order within a table stays. What needs a person
 * is put aside at once, and the files stay where they are.
 *
 * @param timeLeft milliseconds until the call is ended
 */
export async function ingestMessages(
  scope: FunctionScope,
  records: readonly QueueRecord[],
  timeLeft: () => number,
): Promise<BatchResponse> {
  for (const [index, record] of records.entries()) {
    try {
      await ingestMessage(scope, record, timeLeft).catch((error: unknown) => settle(scope, record, error));
    } catch (thrown) {
      tellFailure(scope.logger, 'ingest', toPipelineError(thrown), { messageId: record.messageId });
      return failed(records.slice(index));
    }
  }
  return failed([]);
}

async function settle(scope: FunctionScope, record: QueueRecord, error: unknown): Promise<void> {
  if (isTransient(error)) throw error;
  await putAside(scope, record, error);
}

/** Throws why the message is not done. */
async function ingestMessage(
  scope: FunctionScope,
  record: QueueRecord,
  timeLeft: () => number,
): Promise<void> {
  const { table: name } = parseRing(record.body);
  const table = scope.config.tables.find((one) => one.name === name);
  if (!table || table.paused) {
    const why = table ? 'the table is paused' : 'the configuration has no such table';
    scope.logger.warn(`left a table alone: ${why}`, { table: name });
    return;
  }
  const report = await runTable(scope, table, timeLeft);
  await ringAfter(scope, table, report, isRedelivered(record));
  if (report.error === null || isCutShort(report)) return;
  await leaveWord(scope, table, report.error);
  throw report.error;
}

/** For a person who waits for the table. What hinders it is no reason to say something else of the run. */
async function leaveWord(scope: FunctionScope, table: TableConfig, error: PipelineError): Promise<void> {
  try {
    await leaveLastFailure(scope.store(table), error, scope.clock.now());
  } catch (thrown) {
    const { code } = toPipelineError(thrown);
    scope.logger.warn('could not leave word of a failed run', { table: table.name, code });
  }
}

/** Runs a table and tells how that went. */
async function runTable(
  scope: FunctionScope,
  table: TableConfig,
  timeLeft: () => number,
): Promise<TableReport> {
  const { clock, metrics, logger } = scope;
  const since = clock.now();
  const report = await ingest(scope, table, timeLeft);
  const seconds = Math.max(0, secondsBetween(since, clock.now()));
  reportMetrics(metrics, report, seconds);
  const { rejected, error, ...counts } = report;
  logger.info('ingested', { ...counts, rejected: rejected.length, seconds, code: error?.code ?? null });
  return report;
}

async function ingest(
  scope: FunctionScope,
  table: TableConfig,
  timeLeft: () => number,
): Promise<TableReport> {
  try {
    const mayStartBatch = createTimeBudget(timeLeft);
    const ws = await scope.workspace(timeLeft);
    return await ingestTable(ws.ingestDeps(table), { mayStartBatch });
  } catch (thrown) {
    return { ...emptyReport(table.name), error: toPipelineError(thrown) };
  }
}

/** Codes of a run that came forward until its time was over. */
const OUT_OF_TIME: readonly PipelineError['code'][] = [
  'TIME_IS_UP',
  'STATEMENT_TIMEOUT',
  'RECORDING_TIMEOUT',
];

/** True where going on in a call of its own is all that is needed: rung for, that begins sooner than a repetition. */
function isCutShort({ batches, error }: TableReport): boolean {
  return batches > 0 && error !== null && OUT_OF_TIME.includes(error.code);
}

/** Rings for what is left, and for the exports that follow new batches. */
async function ringAfter(
  scope: FunctionScope,
  table: TableConfig,
  report: TableReport,
  redelivered: boolean,
): Promise<void> {
  const goesOn = isCutShort(report) || (report.error === null && report.waiting > 0);
  // A call that was killed may have applied something and told nobody.
  const applied = report.batches > 0 || report.alreadyApplied > 0 || redelivered;
  const messages: QueueMessage[] = [
    ...(goesOn ? [{ body: callBody({ ring: [table.name] }) }] : []),
    ...(applied ? exportCalls(scope, table) : []),
  ];
  if (messages.length === 0) return;
  await scope.queues.send(deployedValue(scope, BELL_ENVIRONMENT.bellQueueUrl), messages);
}

function exportCalls({ config, clock }: FunctionScope, table: TableConfig): QueueMessage[] {
  const nowMs = Date.parse(clock.now());
  return config.exports.flatMap(({ name, tables, trigger }) =>
    trigger.afterIngestSeconds === null || !tables.includes(table.name)
      ? []
      : [afterIngestCall({ export: name }, nowMs, trigger.afterIngestSeconds)],
  );
}
