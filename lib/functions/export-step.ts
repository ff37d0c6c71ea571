import { isMap } from '../dms/setting.ts';
import { PipelineError, TerminalError, toPipelineError } from '../errors.ts';
import type { ExportDeps } from '../export/prepare-run.ts';
import { recordSent } from '../export/sent-batches.ts';
import {
  abortShared,
  loadShared,
  planShared,
  publishShared,
  type SharedTableRun,
} from '../export/share-export.ts';
import { secondsBetween } from '../instant.ts';
import { METRICS } from '../metrics.ts';
import { exportAgain } from './export-again.ts';
import { isNothing } from './export-tables.ts';
import type { FunctionScope } from './function-scope.ts';
import { codeOf } from './step-error.ts';
import { tellFailure } from './tell-failure.ts';
import { withExportTable } from './with-export-table.ts';

/** What the state machine calls the function with. */
export type ExportStep =
  | { readonly step: 'plan'; readonly export: string; readonly table: string; readonly runId: string }
  | { readonly step: 'load'; readonly run: SharedTableRun; readonly part: number }
  /** `loaded` is what the loads answered. */
  | { readonly step: 'publish'; readonly run: SharedTableRun; readonly loaded: readonly { rows: number }[] }
  /** `error` as Step Functions tells why the execution came to nothing. */
  | {
      readonly step: 'abort';
      readonly export: string;
      readonly table: string;
      readonly runId: string;
      readonly error: { readonly Error?: string; readonly Cause?: string };
    };

/** What it answers. */
export type ExportStepAnswer =
  /** Nothing is left to do: the table is empty of history, or another execution sends it. */
  | { readonly done: true }
  | {
      readonly done: false;
      readonly run: SharedTableRun;
      readonly parts: readonly number[];
      readonly connections: number;
    }
  | { readonly rows: number };

/** True for an event of the state machine, and false for one of the queue. */
export function isExportStep(event: unknown): event is ExportStep {
  return isMap(event) && typeof event.step === 'string';
}

/**
 * Does one step of an export that is sent in parts. Every step may be done again, also beside itself. What it throws
 * ends the execution unless it is transient, and then `abort` leaves the target as it was.
 */
export async function exportStep(
  scope: FunctionScope,
  event: ExportStep,
  timeLeft: () => number,
): Promise<ExportStepAnswer> {
  switch (event.step) {
    case 'plan':
      return withExportTable(scope, event, timeLeft, (deps) => plan(scope, deps, event.runId));
    case 'load':
      return withExportTable(scope, event.run, timeLeft, async (deps) => {
        const { rows } = await loadShared(deps, event.run, event.part);
        scope.logger.info('staged a part', { ...idsOf(event.run), part: event.part, rows });
        return { rows };
      });
    case 'publish':
      return withExportTable(scope, event.run, timeLeft, (deps) => publish(scope, deps, event));
    case 'abort':
      return abort(scope, event, timeLeft);
    default:
      throw new TerminalError(
        'STEP_UNKNOWN',
        'The function was called with a step that it does not know. Deploy the pipeline again.',
      );
  }
}

async function plan(scope: FunctionScope, deps: ExportDeps, runId: string): Promise<ExportStepAnswer> {
  const { settings, table } = deps;
  try {
    const run = await planShared(deps, runId);
    scope.logger.info('planned an export', { ...idsOf(run), mode: run.rows.mode, parts: run.parts });
    const parts = Array.from({ length: run.parts }, (_, part) => part);
    return { done: false, run, parts, connections: settings.connections };
  } catch (thrown) {
    const error = toPipelineError(thrown);
    if (error.code === 'EXPORT_UNDER_WAY') await exportAgain(scope, settings.name);
    else if (!isNothing(error)) throw thrown;
    scope.logger.info('nothing to export', {
      export: settings.name,
      table: table.name,
      run: runId,
      code: error.code,
    });
    return { done: true };
  }
}

/** Codes that say that an export only has to be begun anew. */
const BEGINS_ANEW = ['EXPORT_LOST', 'EXPORT_OUTDATED', 'EXPORT_SETTINGS_CHANGED'];

async function publish(
  scope: FunctionScope,
  deps: ExportDeps,
  { run, loaded }: Extract<ExportStep, { step: 'publish' }>,
): Promise<ExportStepAnswer> {
  const { metrics, clock, logger } = scope;
  const about = { export: run.export };
  try {
    const published = await publishShared(deps, run);
    await recordSent(deps.ws, run.export, run.table, BigInt(run.batchId));
    const rows = loaded.reduce((sum, one) => sum + one.rows, 0);
    logger.info('published', { ...idsOf(run), rows, ...(published ?? { before: true }) });
    metrics.add(METRICS.exportSeconds, Math.max(0, secondsBetween(run.beganAt, clock.now())), about);
    metrics.add(METRICS.exportRows, rows, about);
  } catch (thrown) {
    const error = toPipelineError(thrown);
    // Doing the step again helps no more: what is staged is not what is wanted.
    if (BEGINS_ANEW.includes(error.code))
      throw new TerminalError(error.code, error.message, { cause: thrown });
    if (!isNothing(error)) throw thrown;
    await abortShared(deps, run.id);
    logger.info('nothing to export', { ...idsOf(run), code: error.code });
  }
  metrics.add(METRICS.exportFailures, 0, about);
  return { done: true };
}

/** Never fails for what is left behind: the next export of the table takes it away. */
async function abort(
  scope: FunctionScope,
  event: Extract<ExportStep, { step: 'abort' }>,
  timeLeft: () => number,
): Promise<ExportStepAnswer> {
  const { export: name, table, runId } = event;
  const code = codeOf(event.error);
  const ids = { export: name, table, run: runId };
  await withExportTable(scope, event, timeLeft, (deps) => abortShared(deps, runId)).catch(
    (error: unknown) => {
      const { code: why, message } = error instanceof PipelineError ? error : toPipelineError(error);
      scope.logger.warn('could not take away what was staged; the next export does', {
        ...ids,
        code: why,
        reason: message,
      });
    },
  );
  if (BEGINS_ANEW.includes(code)) {
    scope.logger.warn('an export came to nothing and is begun anew', { ...ids, code });
    await exportAgain(scope, name);
  } else {
    const error = new TerminalError(
      code,
      'The execution failed; the reason is with the step that did. The target is unchanged.',
    );
    tellFailure(scope.logger, 'export a table', error, ids);
    scope.metrics.add(METRICS.exportFailures, 1, { export: name });
  }
  return { done: true };
}

function idsOf({ export: name, table, id }: SharedTableRun) {
  return { export: name, table, run: id };
}
