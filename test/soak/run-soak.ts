import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callBody } from '../../lib/bell/call.ts';
import { ArrivingFiles } from './arriving-files.ts';
import { checkEnd } from './check-end.ts';
import type { Arrivals } from './feed.ts';
import { type FunctionName, FunctionsAtWork } from './functions-at-work.ts';
import { heapInUse } from './heap-watch.ts';
import { MINUTE, SECOND } from './simulated-time.ts';
import { soakConfig } from './soak-tables.ts';
import { SoakWorld } from './soak-world.ts';

export interface SoakOptions extends Arrivals {
  readonly tables: number;
  /** Told now and then, in a line for people. */
  readonly onProgress?: (line: string) => void;
}

/** What a soak came to. */
export interface SoakReport {
  /** Files that arrived, repetitions left out. */
  readonly files: number;
  readonly calls: Readonly<Record<FunctionName, number>>;
  /** What befell which function, and how often. */
  readonly mishaps: Readonly<Record<string, number>>;
  /** Tables that only a sweep found to have files. */
  readonly rungBySweeps: number;
  /** Simulated minutes until all was at rest. */
  readonly minutes: number;
  /** Bytes in use after a collection, a quarter of the way and at the end. */
  readonly heap: { readonly atQuarter: number; readonly atEnd: number };
  /** What is not as it must be; empty for a soak that went well. */
  readonly problems: readonly string[];
}

const SWEEP_EVERY = 15 * MINUTE;

/** All must be at rest so long after the last file. */
const PATIENCE = 6 * 60 * MINUTE;

/**
 * Bytes that may be in use at the end beyond those of a quarter of the way: five times what compiled code and caches were
 * seen to add. A kilobyte and a half kept of each call of the usual soak is more.
 */
const HEAP_MARGIN = 2e6;

/** Messages that nobody can follow, each put aside with its code. */
const STRAYS: readonly (readonly [body: string, code: string])[] = [
  ['hello', 'EVENT_UNREADABLE'],
  [JSON.stringify({ ring: 'customer' }), 'CALL_UNREADABLE'],
  [callBody({ ring: ['nobody'] }), 'UNKNOWN_TABLE'],
];

/** Lets files arrive and functions work on them, all disturbed as the seed says, until everything is at rest. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-soak-'));
  const world = await SoakWorld.open(soakConfig(dir, options.tables));
  try {
    return await soak(world, dir, options);
  } finally {
    await world.engine.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function soak(world: SoakWorld, dir: string, options: SoakOptions): Promise<SoakReport> {
  const arriving = new ArrivingFiles(world, dir, options);
  const functions = new FunctionsAtWork(world, options.seed, (table, nowMs) => arriving.arrive(nowMs, table));
  for (const [body] of STRAYS) world.bell.send({ body }, 0);
  const lastMs = options.minutes * MINUTE;
  let atQuarter = 0;
  let nowMs = SECOND;
  for (; nowMs < lastMs + PATIENCE; nowMs += SECOND) {
    await arriving.arrive(nowMs);
    await functions.work(nowMs);
    if (nowMs === lastMs / 4) atQuarter = heapInUse();
    if (nowMs % SWEEP_EVERY !== 0) continue;
    const swept = await functions.sweep(nowMs);
    options.onProgress?.(progress(nowMs, arriving.arrived, functions));
    if (arriving.isOver && functions.isIdle && swept?.waitingFiles === 0) break;
  }
  const atEnd = heapInUse();
  const problems = [
    ...(nowMs < lastMs + PATIENCE ? [] : ['Not all came to rest.']),
    ...(atEnd <= atQuarter + HEAP_MARGIN ? [] : [`The heap grew from ${atQuarter} bytes to ${atEnd}.`]),
    ...functions.problems,
    ...checkLetters(world),
    ...(await checkEnd(world, options)),
  ];
  const { calls, rungBySweeps } = functions;
  const mishaps = { ...functions.mishaps, 'event lost': arriving.lostEvents };
  return {
    files: arriving.arrived,
    calls,
    mishaps,
    rungBySweeps,
    minutes: nowMs / MINUTE,
    heap: { atQuarter, atEnd },
    problems,
  };
}

function checkLetters({ bell, rings, putAside, alarms, findings }: SoakWorld): string[] {
  const expected = STRAYS.map(([, code]) => code);
  const missing = expected.filter((code) => !putAside.includes(code));
  const surplus = putAside.filter((code) => !expected.includes(code));
  return [
    ...[...bell.deadLetters, ...rings.deadLetters].map((body) => `A dead letter: ${body}`),
    ...missing.map((code) => `A stray message was not put aside as ${code}.`),
    ...surplus.map((code) => `A message was put aside as ${code}.`),
    ...alarms.filter((line) => !expected.some((code) => line.startsWith(`${code}:`))),
    ...(findings > 0 ? [`Sweeps found ${findings} broken promises.`] : []),
  ];
}

function progress(nowMs: number, files: number, { calls, mishaps }: FunctionsAtWork): string {
  const befallen = Object.values(mishaps).reduce((sum, count) => sum + count, 0);
  return `minute ${nowMs / MINUTE}: ${files} files, ${calls.ingest} ingests, ${befallen} mishaps`;
}
