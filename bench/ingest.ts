import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { grid } from '../bin/output/grid.ts';
import { PLAIN } from '../bin/output/paint.ts';
import type { HistoryMode } from '../lib/config/config.ts';
import { type Phase, writeFeed } from './change-feed.ts';
import type { ModeResult, ModeTask } from './ingest-mode.ts';

/** Ingests one made-up feed in both history modes, each in a process of its own, and prints seconds and memory. */
const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const loadRows = Number(values.rows);
if (!Number.isSafeInteger(loadRows) || loadRows < 2) throw new Error('--rows takes a whole number above 1');

const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
try {
  const size = { loadRows, roundRows: Math.floor(loadRows / 2), rounds: 2 };
  const phases = await writeFeed(join(folder, 'feed'), size);
  const results: ModeResult[] = [];
  for (const mode of ['last-change', 'every-change'] as const) results.push(await runMode(mode, phases));
  console.log(render(results));
  assertSameSnapshot(results);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** A fresh process, so that the peak of one mode says nothing of the other. */
async function runMode(mode: HistoryMode, phases: readonly Phase[]): Promise<ModeResult> {
  const task: ModeTask = { mode, folder: join(folder, mode), phases };
  await mkdir(task.folder);
  const child = fork(fileURLToPath(new URL('./ingest-mode.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
  });
  const exit = once(child, 'exit');
  const message = once(child, 'message') as Promise<[ModeResult]>;
  child.send(task);
  const first = await Promise.race([message, exit.then(() => null)]);
  await exit;
  if (!first) throw new Error(`the process of ${mode} ended with code ${child.exitCode}`);
  return first[0];
}

function render(results: readonly ModeResult[]): string {
  const number = (value: number | null): string => value?.toLocaleString('en-US') ?? '?';
  const rows = results.flatMap(({ mode, phases }) =>
    phases.map((phase) => [
      mode,
      phase.name,
      number(phase.files),
      number(phase.rows),
      phase.seconds.toFixed(2),
      phase.engineSeconds.toFixed(2),
      phase.cpuSeconds.toFixed(2),
      number(Math.round(phase.rows / phase.seconds)),
      number(phase.opened),
      number(phase.closed),
    ]),
  );
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const titles = ['files', 'rows', 'seconds', 'in engine', 'cpu', 'rows/s', 'opened', 'closed'].map(right);
  const table = grid([{ title: 'mode' }, { title: 'phase' }, ...titles], rows, PLAIN);
  const sums = results.map(({ mode, phases, historyRows, currentRows, peakMiB }) => {
    const seconds = phases.reduce((sum, phase) => sum + phase.seconds, 0);
    return `${mode}: ${seconds.toFixed(1)} s, peak memory ${Math.round(peakMiB)} MiB, ${number(historyRows)} history rows, ${number(currentRows)} current`;
  });
  const where = `Node ${process.versions.node}, ${availableParallelism()} cores`;
  return [table, ...sums, where].join('\n');
}

function assertSameSnapshot([first, second]: readonly ModeResult[]): void {
  if (first?.currentRows === second?.currentRows) return;
  throw new Error(`the modes disagree: ${first?.currentRows} and ${second?.currentRows} current rows`);
}
