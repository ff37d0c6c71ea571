import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { bundleModule } from '../lib/infra/function-code-bundle.ts';

/**
 * What each function's bundle weighs, and what it costs to load it in a process of its own, as Lambda does when it starts
 * a function: the median of five. The driver of Databricks, which the first statement loads, is shown by itself, too.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RUNS = 5;
const WIDTH = 14;

interface Load {
  readonly ms: number;
  readonly peakMiB: number;
}

/**
 * Prints what importing the first argument took; ends at once, whatever was opened. The peak that `resourceUsage` tells
 * may be that of the process that started this one.
 */
const MEASURE = `
import { existsSync, readFileSync } from 'node:fs';
const began = performance.now();
await import(process.argv[1]);
const ms = performance.now() - began;
const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
const peakKb = Number(/VmHWM:\\s*(\\d+)/.exec(status)?.[1] ?? process.memoryUsage.rss() / 1024);
console.log(JSON.stringify({ ms, peakMiB: peakKb / 1024 }));
process.exit();
`;

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-bundles-'));
try {
  console.log(`${'function'.padEnd(WIDTH)}  minified KB  gzip KB  init ms  peak MiB`);
  const handlers = readdirSync(join(ROOT, 'lambda')).sort();
  for (const entry of [...handlers.map((name) => `lambda/${name}`), 'bench/driver-bundle.ts']) {
    const { 'index.mjs': code } = bundleModule(ROOT, entry);
    const folder = join(scratch, basename(entry, '.ts'));
    mkdirSync(folder);
    writeFileSync(join(folder, 'index.mjs'), code);
    const load = loadOften(pathToFileURL(join(folder, 'index.mjs')).href);
    tell(basename(entry, '.ts'), code, load);
  }
  const { peakMiB } = loadOften('data:text/javascript,');
  const machine = `Node ${process.versions.node}, ${availableParallelism()} cores`;
  console.log(`${machine}; Node itself takes ${Math.round(peakMiB)} MiB`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function loadOften(url: string): Load {
  const loads = Array.from({ length: RUNS }, () => load(url));
  const median = (of: (load: Load) => number): number =>
    loads.map(of).sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
  return { ms: median(({ ms }) => ms), peakMiB: median(({ peakMiB }) => peakMiB) };
}

function load(url: string): Load {
  const args = ['--no-warnings', '--input-type=module', '--eval', MEASURE, url];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: scratch, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${url} could not be loaded:\n${stderr}`);
  return JSON.parse(stdout) as Load;
}

function tell(name: string, code: string, { ms, peakMiB }: Load): void {
  const kb = (bytes: number): string => String(Math.round(bytes / 1024));
  const cells = [
    name.padEnd(WIDTH),
    kb(Buffer.byteLength(code)).padStart(11),
    kb(gzipSync(code).length).padStart(7),
    ms.toFixed(0).padStart(7),
    peakMiB.toFixed(0).padStart(8),
  ];
  console.log(cells.join('  '));
}
