import type { SetupResult } from '../catalog/finding.ts';
import { setup } from '../catalog/setup.ts';
import { isTransient, type PipelineError, TerminalError } from '../errors.ts';
import type { FunctionScope } from './function-scope.ts';

export interface MakeCatalogDeps {
  /** Milliseconds until this call is ended. */
  readonly timeLeft: () => number;
  /** Milliseconds since the event was begun, over all calls for it. */
  readonly waitedMs: number;
}

/** Objects settled at the same time: most of the time of each is a statement's way to the warehouse and back. */
const AT_ONCE = 8;

/** Share of the time of a call that is kept for what was begun to end. */
const RESERVE = 0.25;

/**
 * How long a warehouse that starts, and whoever else writes a table, are waited for: most of the time that the provider
 * framework has, so that it ends with our reason and not with its own.
 */
const PATIENCE_MS = 45 * 60_000;

/**
 * Makes what `tidemark setup` makes, as far as the time allows. False when it has to be called again: time was short, or
 * something passes by itself, such as a warehouse that starts or a table that is being written. Nothing of a call is
 * lost for the next.
 *
 * Throws `TerminalError` SETUP_INCOMPLETE with what an administrator has to run, or mend, once for everything.
 */
export async function makeCatalog(
  scope: FunctionScope,
  { timeLeft, waitedMs }: MakeCatalogDeps,
): Promise<boolean> {
  const total = timeLeft();
  const ws = await scope.workspace(timeLeft);
  let isWhole = true;
  const mayGoOn = (): boolean => {
    isWhole = isWhole && timeLeft() > total * RESERVE;
    return isWhole;
  };
  const results = await setup(ws, { dryRun: false, atOnce: AT_ONCE, mayGoOn });
  const troubles = results.filter(isTrouble);
  const lasting = troubles.filter(({ error }) => !isTransient(error));
  const made = results.filter(({ done, error }) => done && error === null).length;
  scope.logger.info('Looked at the catalog', { objects: results.length, made, troubles: troubles.length });
  for (const { kind, name, state, error } of troubles) {
    scope.logger.warn('Not as it must be', { kind, object: name, state, ...codeOf(error) });
  }
  if (lasting.length > 0) throw setupIncomplete(lasting, results.length);
  if (troubles.length > 0 && waitedMs >= PATIENCE_MS) throw setupIncomplete(troubles, results.length);
  return isWhole && troubles.length === 0;
}

/** What is blocked is so for something that is told itself. */
function isTrouble({ state }: SetupResult): boolean {
  return state === 'denied' || state === 'failed' || state === 'differs';
}

function codeOf(error: PipelineError | null): { code?: string; reason?: string } {
  return error === null ? {} : { code: error.code, reason: error.message };
}

/** Statements that give what is missing, each once, those first that mend most. */
function remediesOf(troubles: readonly SetupResult[]): string[] {
  const mended = new Map<string, number>();
  for (const sql of troubles.flatMap(({ remedies }) => remedies)) mended.set(sql, (mended.get(sql) ?? 0) + 1);
  return [...mended].sort(([, a], [, b]) => b - a).map(([sql]) => sql);
}

/** What an administrator can run comes first, in case the rest has no room. */
function setupIncomplete(troubles: readonly SetupResult[], objects: number): TerminalError {
  const missing = remediesOf(troubles);
  const others = troubles.filter(({ remedies }) => remedies.length === 0);
  const parts = [
    `Setup could not bring ${troubles.length} of ${objects} objects in Databricks to where they must be.`,
    ...(missing.length > 0
      ? [`An administrator can run what of this is missing: ${missing.map((sql) => `${sql};`).join(' ')}`]
      : []),
    ...others.map(({ kind, name, note, error }) => `${kind} ${name}: ${error?.message ?? `${note}.`}`),
    'Then deploy again; `tidemark setup` shows the same from your machine.',
  ];
  const cause = troubles.find(({ error }) => error !== null)?.error;
  return new TerminalError('SETUP_INCOMPLETE', parts.join(' '), {
    context: { objects: troubles.map(({ kind, name }) => `${kind} ${name}`).slice(0, 50) },
    ...(cause ? { cause } : {}),
  });
}
