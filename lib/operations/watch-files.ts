import pMap from 'p-map';
import { setTimeout as sleepMs } from 'node:timers/promises';
import { listWaiting } from '../ingest/ingest-table.ts';
import type { FileStore, StoredFile } from '../ports.ts';
import { listRejectedFiles } from './find-rejected.ts';
import { type LastFailure, readLastFailure } from './last-failure.ts';

/** A table to watch, with its store. */
export interface WatchedTable {
  readonly table: string;
  readonly store: FileStore;
}

/** What became of the files that waited when somebody began to watch. */
export interface WatchedFiles {
  readonly table: string;
  /** How many there were. */
  readonly files: number;
  /** How many of these wait still. */
  readonly left: number;
  /** Files put aside since. */
  readonly rejected: number;
  /** How the last run that failed since came to nothing, where files are left; else null. */
  readonly failure: LastFailure | null;
}

export interface WatchOptions {
  /** Milliseconds until it is given up. */
  readonly maxMs: number;
  /** Between two looks. @default 5000 */
  readonly everyMs?: number;
  /** Told after each look, of each table. */
  readonly onProgress?: (table: string, files: number, left: number) => void;
  /** False ends the watch at the next look. */
  readonly mayGoOn?: () => boolean;
  readonly sleep?: (ms: number) => Promise<unknown>;
  readonly now?: () => number;
}

/** Tables looked at together. */
const TOGETHER = 8;

/**
 * Remembers the files that wait now; the answer waits until none of them does, until a run of their table failed for
 * good, or until the time is over. Files that arrive meanwhile are no matter. Looks at folders only, so no warehouse is
 * woken.
 */
export async function watchFiles(
  tables: readonly WatchedTable[],
): Promise<(options: WatchOptions) => Promise<WatchedFiles[]>> {
  const watches = await pMap(tables, beginWatch, { concurrency: TOGETHER });
  return async ({ maxMs, everyMs = 5_000, sleep = sleepMs, now = Date.now, ...options }) => {
    const { onProgress = () => {}, mayGoOn = () => true } = options;
    const until = now() + maxMs;
    for (;;) {
      const open = watches.filter(isOpen);
      await pMap(open, (watch) => look(watch), { concurrency: TOGETHER });
      for (const { table, before, left } of open) onProgress(table, before.size, left);
      const restMs = until - now();
      if (restMs <= 0 || !mayGoOn() || !watches.some(isOpen)) break;
      await sleep(Math.min(everyMs, restMs));
    }
    return await pMap(watches, endWatch, { concurrency: TOGETHER });
  };
}

interface Watch extends WatchedTable {
  readonly before: ReadonlySet<string>;
  readonly rejectedBefore: ReadonlySet<string>;
  readonly failedBefore: LastFailure | null;
  left: number;
  failure: LastFailure | null;
}

function isOpen({ left, failure }: Watch): boolean {
  return left > 0 && !failure?.lasting;
}

async function beginWatch({ table, store }: WatchedTable): Promise<Watch> {
  const before = new Set((await listWaiting({ store })).map(identity));
  const rejectedBefore = new Set((await listRejectedFiles(store)).map(identity));
  const failedBefore = await readLastFailure(store);
  return { table, store, before, rejectedBefore, failedBefore, left: before.size, failure: null };
}

async function look(watch: Watch): Promise<void> {
  const waiting = await listWaiting({ store: watch.store });
  watch.left = waiting.filter((file) => watch.before.has(identity(file))).length;
  if (watch.left === 0) return;
  const failed = await readLastFailure(watch.store);
  // By its own time, not by ours: two clocks may differ.
  if (failed?.at !== watch.failedBefore?.at) watch.failure = failed;
}

async function endWatch(watch: Watch): Promise<WatchedFiles> {
  const { table, store, before, rejectedBefore, left } = watch;
  const rejected = await listRejectedFiles(store);
  const since = rejected.filter((file) => !rejectedBefore.has(identity(file)));
  const failure = left > 0 ? watch.failure : null;
  return { table, files: before.size, left, rejected: since.length, failure };
}

/** A name may be used again, by another file that arrives later. */
function identity({ path, arrivedAt }: StoredFile): string {
  return JSON.stringify([path, arrivedAt]);
}
