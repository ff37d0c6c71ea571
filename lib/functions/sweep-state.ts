import type { TableConfig } from '../config/config.ts';
import {
  isTransient,
  type PipelineError,
  TerminalError,
  TransientError,
  toPipelineError,
} from '../errors.ts';
import type { Workspace } from '../workspace.ts';
import type { FunctionScope } from './function-scope.ts';
import { tellFailure } from './tell-failure.ts';

export interface SweepDeps {
  /** Milliseconds until this call is ended. */
  readonly timeLeft: () => number;
  /** Whether the warehouse runs, asked in a way that neither starts it nor keeps it running. */
  readonly isAwake: (ws: Workspace) => Promise<boolean>;
}

/** One sweep under way. */
export interface Sweep {
  readonly scope: FunctionScope;
  readonly deps: SweepDeps;
  readonly ws: Workspace;
  /** When it began; ISO instant. */
  readonly now: string;
  /** Those that are not paused. */
  readonly tables: readonly TableConfig[];
  /** What went wrong so far. */
  readonly problems: PipelineError[];
  /** True while more than this share of the time is left. */
  readonly hasMoreThan: (share: number) => boolean;
}

/** Share of the time in which no statement runs any more: what was seen must be told before the call is ended. */
const RESERVE = 0.1;

/** Begins a sweep. Throws what opening the workspace does. */
export async function beginSweep(scope: FunctionScope, deps: SweepDeps): Promise<Sweep> {
  const total = deps.timeLeft();
  return {
    scope,
    deps,
    ws: await scope.workspace(() => deps.timeLeft() - total * RESERVE),
    now: scope.clock.now(),
    tables: scope.config.tables.filter(({ paused }) => !paused),
    problems: [],
    hasMoreThan: (share) => deps.timeLeft() > total * share,
  };
}

/** Does a part of the sweep that others do not rest on. Null when it failed, which is logged and kept for the end. */
export async function attempt<T>(
  run: Pick<Sweep, 'scope' | 'problems'>,
  doing: string,
  work: () => Promise<T>,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<T | null> {
  try {
    return await work();
  } catch (thrown) {
    note(run, doing, toPipelineError(thrown), fields);
    return null;
  }
}

/** Logs what failed and keeps it for the end. */
export function note(
  { scope, problems }: Pick<Sweep, 'scope' | 'problems'>,
  doing: string,
  error: PipelineError,
  fields: Readonly<Record<string, unknown>>,
): void {
  problems.push(error);
  tellFailure(scope.logger, doing, error, fields);
}

/** Problems that are told in one message; the log has all. */
const SHOWN = 5;

/**
 * The error that a sweep ends with, or null: what trying again may mend is for the next sweep, unless nothing was
 * looked at.
 */
export function sweepError({ problems, tables }: Sweep, lookedAt: number): PipelineError | null {
  const lasting = problems.filter((problem) => !isTransient(problem));
  const isBlind = lookedAt === 0 && tables.length > 0;
  if (lasting.length === 0 && !isBlind) return null;
  const told = lasting.length > 0 ? lasting : problems;
  const texts = [...new Set(told.map(({ code, message }) => `${code}: ${message}`))];
  const more = texts.length > SHOWN ? ` And ${texts.length - SHOWN} more in the log.` : '';
  const message = `The sweep could not do all of its work. ${texts.slice(0, SHOWN).join(' ')}${more}`;
  const context = { problems: problems.length, codes: [...new Set(told.map(({ code }) => code))] };
  return lasting.length > 0
    ? new TerminalError('SWEEP_INCOMPLETE', message, { context, cause: told[0] })
    : new TransientError('SWEEP_FAILED', message, { context, cause: told[0] });
}
