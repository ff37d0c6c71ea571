import type { MultiBar, SingleBar } from 'cli-progress';
import type { Cli } from '../cli.ts';
import { visible } from './visible.ts';

/** How far one piece of work is. */
export interface Step {
  /** What is worked on, for instance a table; each gets a line of its own. */
  readonly label: string;
  readonly done: number;
  /** Null when nobody knows how much there is. */
  readonly total: number | null;
  /** For instance `12 of 40 files, 1,200 rows`. */
  readonly text: string;
}

export interface Progress {
  show(step: Step): void;
  /** Leaves the terminal as it was. */
  stop(): void;
}

/** Without a known end, a log gets a line this seldom. */
const QUIET_MS = 5_000;

/** Bars on a terminal, a line for each step elsewhere, nothing under `--quiet`. */
export async function createProgress(cli: Cli): Promise<Progress> {
  if (cli.quiet) return { show: () => {}, stop: () => {} };
  return cli.screen.isTerminal ? createBars(cli) : createLines(cli);
}

function createLines(cli: Cli): Progress {
  let last = 0;
  return {
    show({ label, total, text }) {
      const now = Date.now();
      if (total === null && now - last < QUIET_MS) return;
      last = now;
      cli.screen.note(`${label}: ${text}`);
    },
    stop: () => {},
  };
}

async function createBars(cli: Cli): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress');
  const bars = new Map<string, SingleBar>();
  const format = (total: number | null): string =>
    total === null ? '{label}  {text}' : '{label}  {bar}  {text}  {eta_formatted}';
  const multi: MultiBar = new cliProgress.MultiBar(
    { stream: cli.screen.stream, hideCursor: true, barsize: 24, emptyOnZero: true, clearOnComplete: false },
    cliProgress.Presets.rect,
  );
  const giveBack = cli.screen.borrow((text) => multi.log(text));
  return {
    show({ label, done, total, text }) {
      const payload = { label: visible(label), text };
      const bar = bars.get(label);
      if (bar) bar.update(done, payload);
      else bars.set(label, multi.create(total ?? 1, done, payload, { format: format(total) }));
    },
    stop() {
      multi.stop();
      giveBack();
    },
  };
}
