import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { grid } from '../bin/output/grid.ts';
import { PLAIN } from '../bin/output/paint.ts';
import { startEmbeddedPostgres } from '../lib/targets/postgres/embedded/start-embedded-postgres.ts';
import { writeFeed } from './change-feed.ts';
import type { ExportStepResult, ExportTask } from './export-step.ts';

/**
 * Exports one made-up table of eight columns to an embedded Postgres, each step in a process of its own, and prints
 * seconds and memory of that process; the server's is not in it.
 */
const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const loadRows = Number(values.rows);
if (!Number.isSafeInteger(loadRows) || loadRows < 100)
  throw new Error('--rows takes a whole number above 99');

const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
// Entered by the server's own user when this runs as root.
await chmod(folder, 0o711);
const server = await startEmbeddedPostgres({ dir: join(folder, 'postgres') });
try {
  const size = { loadRows, roundRows: Math.ceil(loadRows / 100), rounds: 1 };
  const [load, changes] = await writeFeed(join(folder, 'feed'), size);
  const base = { folder, postgresUrl: server.url };
  const steps: readonly (readonly [string, Partial<ExportTask>])[] = [
    ['ingest the load', { step: 'ingest', files: load!.folder }],
    ['read only, rows thrown away', { step: 'read' }],
    ['copy only, text made before', { step: 'copy' }],
    ['full, into an empty target', {}],
    ['full again, nothing changed', {}],
    ['ingest 1 % of changes', { step: 'ingest', files: changes!.folder }],
    ['incremental, 1 % changed', { mode: 'incremental' }],
    ['incremental, nothing changed', { mode: 'incremental' }],
  ];
  const results: [string, ExportStepResult][] = [];
  for (const [name, step] of steps) {
    results.push([name, await runStep({ step: 'export', mode: 'full', ...base, ...step })]);
  }
  console.log(render(results));
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function runStep(task: ExportTask): Promise<ExportStepResult> {
  const child = fork(fileURLToPath(new URL('export-step.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
  });
  child.send(task);
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${task.step} ended with exit code ${code}`);
  });
  const answered = once(child, 'message').then(([result]) => result as ExportStepResult);
  const result = await Promise.race([answered, failed]);
  await failed.catch(() => {});
  return result;
}

function render(results: readonly [string, ExportStepResult][]): string {
  const titles = ['step', 'rows', 'seconds', 'rows/s', 'peak MiB', 'outcome'];
  const columns = titles.map(
    (title) => ({ title, align: /^(step|outcome)$/.test(title) ? 'left' : 'right' }) as const,
  );
  const rows = results.map(([name, { rows: count, seconds, peakMiB, outcome }]) => [
    name,
    String(count),
    seconds.toFixed(2),
    String(Math.round(count / seconds)),
    peakMiB.toFixed(0),
    outcome,
  ]);
  return `${grid(columns, rows, PLAIN)}Node ${process.version}, ${availableParallelism()} cores`;
}
