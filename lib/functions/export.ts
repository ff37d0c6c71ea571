import type { ExecutionStarter } from '../bell/execution-starter.ts';
import { EXPORT_TRIES, parseExportRing } from '../bell/export-ring.ts';
import type { ExportConfig } from '../config/config.ts';
import { isTransient, toPipelineError } from '../errors.ts';
import { microsToInstant, secondsBetween } from '../instant.ts';
import { METRICS } from '../metrics.ts';
import { exportAgain } from './export-again.ts';
import { exportTables, type TableOutcome } from './export-tables.ts';
import type { FunctionScope } from './function-scope.ts';
import { type BatchResponse, failed, putAside, type QueueRecord } from './queue-batch.ts';
import { tellFailure } from './tell-failure.ts';

/** What the export needs besides its scope. */
export interface ExportDeps {
  /** Milliseconds until the call is ended. */
  readonly timeLeft: () => number;
  readonly executions: ExecutionStarter;
}

/**
 * Works on messages of the queue of exports, each of which has one export send its tables. A table with too many rows
 * for the time left is sent by an execution of the state machine. When something may succeed later the message is shown
 * again, and what was sent by then is not sent twice; what needs a person is put aside at once. A target is always
 * either as before or complete.
 */
export async function exportMessages(
  scope: FunctionScope,
  records: readonly QueueRecord[],
  deps: ExportDeps,
): Promise<BatchResponse> {
  for (const [index, record] of records.entries()) {
    try {
      await exportMessage(scope, record, deps).catch((error: unknown) => settle(scope, record, error));
    } catch (thrown) {
      tellFailure(scope.logger, 'export', toPipelineError(thrown), { messageId: record.messageId });
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
async function exportMessage(scope: FunctionScope, record: QueueRecord, deps: ExportDeps): Promise<void> {
  const { export: name } = parseExportRing(record.body);
  const settings = scope.config.exports.find((one) => one.name === name);
  if (!settings) {
    scope.logger.warn('left an export alone: the configuration has no such export', { export: name });
    return;
  }
  const since = scope.clock.now();
  try {
    const outcomes = await exportTables(scope, settings, {
      ...deps,
      messageId: record.messageId,
      askedAt: askedAt(record),
      tries: triesOf(record),
    });
    if (outcomes.some(({ kind }) => kind === 'under-way')) await exportAgain(scope, settings.name);
    tellOutcomes(scope, settings, outcomes, secondsBetween(since, scope.clock.now()));
    throwFirst(outcomes);
  } catch (error) {
    if (!isTransient(error) || triesOf(record) >= EXPORT_TRIES)
      scope.metrics.add(METRICS.exportFailures, 1, { export: name });
    throw error;
  }
}

/** When the message was sent; ISO instant. A message without a time was sent just now. */
function askedAt({ attributes }: QueueRecord): string | null {
  const sent = attributes?.SentTimestamp;
  return sent === undefined ? null : microsToInstant(BigInt(sent) * 1000n);
}

function triesOf({ attributes }: QueueRecord): number {
  return Number(attributes?.ApproximateReceiveCount ?? 1);
}

function tellOutcomes(
  { metrics, logger }: FunctionScope,
  { name }: ExportConfig,
  outcomes: readonly TableOutcome[],
  seconds: number,
): void {
  const count = (kind: TableOutcome['kind']): number => outcomes.filter((one) => one.kind === kind).length;
  const rows = outcomes.reduce((sum, one) => sum + (one.kind === 'sent' ? one.rows : 0), 0);
  const counts = { sent: count('sent'), started: count('started'), failed: count('failed') };
  logger.info('exported', { export: name, tables: outcomes.length, ...counts, rows, seconds });
  const isOver = outcomes.every(({ kind }) => ['sent', 'had-it', 'nothing'].includes(kind));
  if (!isOver) return;
  metrics.add(METRICS.exportSeconds, Math.max(0, seconds), { export: name });
  metrics.add(METRICS.exportRows, rows, { export: name });
  metrics.add(METRICS.exportFailures, 0, { export: name });
}

/** What may pass comes first: as long as there is hope for one table, the message is kept. */
function throwFirst(outcomes: readonly TableOutcome[]): void {
  const errors = outcomes.flatMap((one) => (one.kind === 'failed' ? [one.error] : []));
  const first = errors.find(isTransient) ?? errors[0];
  if (first) throw first;
}
