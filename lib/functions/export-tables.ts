import { createHash } from 'node:crypto';
import { BELL_ENVIRONMENT } from '../bell/environment.ts';
import type { ExportConfig } from '../config/config.ts';
import { slug } from '../config/slug.ts';
import { type PipelineError, toPipelineError, TransientError } from '../errors.ts';
import { secondsFor } from '../export/amount.ts';
import { exportTableUnless, type TableExport } from '../export/export-table.ts';
import type { ExportDeps as TableDeps } from '../export/prepare-run.ts';
import { openTarget } from '../export/run-export.ts';
import { batchSentSince, recordSent } from '../export/sent-batches.ts';
import { deployedValue } from './environment.ts';
import type { ExportDeps } from './export.ts';
import type { FunctionScope } from './function-scope.ts';
import { tellFailure } from './tell-failure.ts';
import { createTimeBudget } from './time-budget.ts';

/** What became of one table of an export in this call. */
export type TableOutcome =
  | ({ readonly kind: 'sent' } & TableExport)
  /** An earlier try of the message sent it, or somebody else did meanwhile. */
  | { readonly kind: 'had-it' }
  /** An execution sends it. */
  | { readonly kind: 'started' }
  /** Another execution is still sending it. */
  | { readonly kind: 'under-way' }
  /** It has no history yet, or the target holds a newer batch. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly error: PipelineError };

/** What asked for the export. */
interface Request extends ExportDeps {
  readonly messageId: string;
  /** ISO instant, or null when nobody knows. */
  readonly askedAt: string | null;
  /** How often this was tried, now included. */
  readonly tries: number;
}

/** Share of the time left that an export may be expected to take in this call. */
const TIME_SHARE = 0.6;
/** By so much smaller is it with each further try, since it may have been the time that was too short. */
const SMALLER = 4;

/**
 * Sends the tables of an export one after the other; one that fails never stops the next. Throws only when warehouse
 * or target cannot be reached at all.
 */
export async function exportTables(
  scope: FunctionScope,
  settings: ExportConfig,
  request: Request,
): Promise<TableOutcome[]> {
  const ws = await scope.workspace(request.timeLeft);
  const target = await openTarget(ws, settings, request.timeLeft);
  const mayBegin = createTimeBudget(request.timeLeft);
  try {
    const outcomes: TableOutcome[] = [];
    for (const name of settings.tables) {
      if (!mayBegin()) return [...outcomes, { kind: 'failed', error: timeIsUp(settings) }];
      const deps = { ws, settings, target, table: ws.table(name) };
      const outcome = await exportOne(scope, deps, request).catch(toOutcome);
      if (outcome.kind === 'failed')
        tellFailure(scope.logger, 'export a table', outcome.error, { export: settings.name, table: name });
      else scope.logger.info('exported a table', { export: settings.name, table: name, ...outcome });
      outcomes.push(outcome);
    }
    return outcomes;
  } finally {
    await target.close();
  }
}

async function exportOne(scope: FunctionScope, deps: TableDeps, request: Request): Promise<TableOutcome> {
  const { ws, settings, target, table } = deps;
  const runId = runIdOf(request.messageId, settings.name, table.name);
  const living = await target.shared.underWay(settings.targetSchema, table.name);
  // Begun by an earlier try of this message, it is what was asked for.
  if (living !== null) return { kind: living === runId ? 'started' : 'under-way' };
  const sent = request.askedAt === null ? null : await batchSentSince(deps, request.askedAt);
  if (sent !== null) {
    await recordSent(ws, settings.name, table.name, sent);
    return { kind: 'had-it' };
  }
  const seconds = ((request.timeLeft() / 1000) * TIME_SHARE) / SMALLER ** (request.tries - 1);
  const done = await exportTableUnless(deps, (amount) => secondsFor(amount) > seconds);
  if (done === null) {
    const input = { export: settings.name, table: table.name };
    await request.executions.start(deployedValue(scope, BELL_ENVIRONMENT.exportMachineArn), runId, input);
    return { kind: 'started' };
  }
  await recordSent(ws, settings.name, table.name, BigInt(done.batchId));
  return { kind: 'sent', ...done };
}

function toOutcome(thrown: unknown): TableOutcome {
  const error = toPipelineError(thrown);
  if (error.code === 'EXPORT_UNDER_WAY') return { kind: 'under-way' };
  if (isNothing(error)) return { kind: 'nothing' };
  return { kind: 'failed', error };
}

/** True where there is nothing to send and nothing to mend. */
export function isNothing({ code }: PipelineError): boolean {
  return code === 'NO_HISTORY_YET' || code === 'EXPORT_SUPERSEDED';
}

/**
 * The name of the execution that a message starts for a table: the same whenever the message is tried. Readable, and
 * only what Step Functions allows.
 */
export function runIdOf(messageId: string, name: string, table: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([messageId, name, table]))
    .digest('hex');
  return `${slug(`${name} ${table}`).slice(0, 40)}-${hash.slice(0, 24)}`;
}

function timeIsUp({ name }: ExportConfig): TransientError {
  return new TransientError(
    'TIME_IS_UP',
    `There was no time for all tables of export ${name}. Its message is shown again, and the others are sent then. Should that become a dead letter, make two exports of it.`,
  );
}
