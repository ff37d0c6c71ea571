import { inCalls } from '../../lib/bell/call.ts';
import type { Config, ExportConfig, TableConfig } from '../../lib/config/config.ts';
import { type PipelineError, TerminalError, TransientError } from '../../lib/errors.ts';
import { watchFiles, type WatchedFiles } from '../../lib/operations/watch-files.ts';
import type { Cli } from '../cli.ts';
import { loginOf } from '../deployed.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { withInterrupt } from '../interrupt.ts';
import { grid } from '../output/grid.ts';
import { humanCount, humanDuration, plural } from '../output/human.ts';
import { toJson } from '../output/json.ts';
import { createScreenLogger } from '../output/logger.ts';
import { createProgress } from '../output/progress.ts';
import { visible, visibleLines } from '../output/visible.ts';
import { ringBell } from '../ring-bell.ts';

export interface RingArguments {
  readonly json?: boolean;
  readonly wait?: boolean;
  /** Minutes. */
  readonly timeout?: number;
}

/** Seconds until the router has passed a call on and a function has begun, besides the window. */
const ON_THE_WAY = 10;
const WAIT_MINUTES = 30;

/**
 * Has the deployed pipeline look for files of these tables, and waits for it where that is wanted.
 *
 * @param tables those named, or null for all
 */
export async function ringForTables(
  cli: Cli,
  config: Config,
  tables: readonly TableConfig[] | null,
  { json, wait = false, timeout = WAIT_MINUTES }: RingArguments,
): Promise<void> {
  const rung = (tables ?? config.tables).filter(({ paused }) => !paused);
  for (const { name, paused } of tables ?? []) {
    if (paused) cli.screen.warn(`${name} is paused: nobody works on it until "paused" is taken away.`);
  }
  if (rung.length === 0) {
    return cli.out.write(json ? toJson({ rung: null, tables: [] }) : 'Nothing was rung for.\n');
  }
  const watch = wait ? await watchBucket(cli, config, rung) : null;
  const ring = tables === null ? 'all' : rung.map(({ name }) => name);
  const calls = inCalls(ring).map((some) => ({ ring: some }));
  const bell = await ringBell(cli, config, calls);
  if (!json) await cli.out.write(`Rang ${bell.queue} in ${bell.region} for ${subject('table', ring)}.\n`);
  if (!watch) tellHowToFollow(cli, config);
  const outcomes = watch && (await waitFor(cli, watch, timeout));
  if (json) await cli.out.write(toJson({ rung: { ...bell, ring }, tables: outcomes }));
  else if (outcomes) await cli.out.write(describe(cli, outcomes));
}

function tellHowToFollow({ screen }: Cli, { cloud }: Config): void {
  const seconds = humanDuration(cloud.ingest.windowSeconds + ON_THE_WAY);
  screen.note(
    `The pipeline begins in about ${seconds}. "tidemark status" shows how it goes on; --wait waits for it.`,
  );
}

async function waitFor(cli: Cli, watch: BucketWatch, minutes: number): Promise<Outcome[]> {
  const outcomes = (await watch(minutes)).map((watched) => {
    const { failure: _told, ...files } = watched;
    return { ...files, error: whyLeft(watched, minutes) };
  });
  for (const { rejected, error } of outcomes) {
    if (rejected > 0) cli.raise(EXIT.rejected);
    if (error) cli.raise(exitCodeOf(error));
  }
  return outcomes;
}

/** Has the deployed pipeline send exports: one, or all. */
export async function ringForExports(
  cli: Cli,
  config: Config,
  exports: readonly ExportConfig[] | null,
  { json }: Pick<RingArguments, 'json'>,
): Promise<void> {
  const names = exports === null ? 'all' : exports.map(({ name }) => name);
  const calls = inCalls(names).map((some) => ({ export: some }));
  const bell = await ringBell(cli, config, calls);
  if (json) return cli.out.write(toJson({ rung: { ...bell, export: names }, exports: null }));
  await cli.out.write(`Rang ${bell.queue} in ${bell.region} for ${subject('export', names)}.\n`);
  cli.screen.note(
    'The pipeline sends when its turn comes, and an alarm tells if it cannot. The log of the export function has the numbers; --here sends from this machine instead.',
  );
}

function subject(kind: string, names: 'all' | readonly string[]): string {
  if (names === 'all') return `all ${kind}s`;
  return names.length === 1 ? `the ${kind} ${visible(names[0]!)}` : plural(names.length, kind);
}

type BucketWatch = (minutes: number) => Promise<WatchedFiles[]>;

/** Must begin before the bell is rung, which may be quick. */
async function watchBucket(cli: Cli, config: Config, tables: readonly TableConfig[]): Promise<BucketWatch> {
  const { createStores } = await import('../../lib/open-store.ts');
  const store = createStores(config, cli.env, createScreenLogger(cli), loginOf(cli, config));
  const watch = await watchFiles(tables.map((table) => ({ table: table.name, store: store(table) })));
  return async (minutes) => {
    const progress = await createProgress(cli);
    const onProgress = (label: string, total: number, left: number): void => {
      progress.show({
        label,
        done: total - left,
        total,
        text: `${humanCount(left)} of ${plural(total, 'file')} left`,
      });
    };
    const work = (interrupted: () => boolean) =>
      watch({ maxMs: minutes * 60_000, onProgress, mayGoOn: () => !interrupted() });
    const note = 'Ending the wait; the pipeline goes on by itself.';
    return await withInterrupt(cli, work, note).finally(() => progress.stop());
  };
}

function whyLeft({ table, files, left, failure }: WatchedFiles, minutes: number): PipelineError | null {
  if (left === 0) return null;
  const context = { table, files, left, ...(failure ? { code: failure.code, at: failure.at } : {}) };
  const ended = failure && `ended at ${failure.at} with ${failure.code}: ${failure.message}`;
  if (failure?.lasting) {
    return new TerminalError(
      'RUN_FAILED',
      `Table ${table}: ${left} of ${plural(files, 'file')} ${left === 1 ? 'waits' : 'wait'}, and the run that was to take them ${ended} Mend that, then ring again; so does the schedule (docs/runbook.md, "A table cannot be ingested").`,
      { context },
    );
  }
  const why = ended
    ? `The last run that failed ${ended}`
    : 'The pipeline may still be at it; or the deployed configuration does not know the table: see the dead letters.';
  return new TransientError(
    'STILL_WAITING',
    `Table ${table}: ${left} of ${plural(files, 'file')} still ${left === 1 ? 'waits' : 'wait'} after ${plural(minutes, 'minute')}. ${why} See the log of the ingest function, and docs/runbook.md, "A file waits too long".`,
    { context },
  );
}

type Outcome = Omit<WatchedFiles, 'failure'> & { readonly error: PipelineError | null };

function describe({ paint }: Cli, outcomes: readonly Outcome[]): string {
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const columns = [{ title: 'table' }, right('waited'), right('done'), right('left'), right('rejected')];
  const rows = outcomes.map(({ table, files, left, rejected }) => [
    visible(table),
    ...[files, files - left, left, rejected].map(humanCount),
  ]);
  const notes = outcomes.flatMap(({ table, error, rejected }) => [
    ...(error ? [`${paint.red('error')} ${error.code}: ${visibleLines(error.message)}\n`] : []),
    ...(rejected > 0 ? [`${visible(table)}: "tidemark rejected" tells why files were rejected\n`] : []),
  ]);
  return grid(columns, rows, paint) + notes.join('');
}
