import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredFile } from '../ports.ts';
import { isNotFound } from './file-error.ts';
import { isHiddenName } from './hidden-name.ts';

/** Files looked at together; keeps 100,000 files quick without holding more than this many. */
const STAT_BLOCK = 64;

/**
 * Every regular file below a folder, in no order, in bounded memory. Hidden names (`_x`, `.x`) and symbolic links are
 * passed over, folders too. A missing folder has no files; what vanishes during the walk is not listed.
 */
export async function* walkFiles(folder: string): AsyncGenerator<StoredFile> {
  const pending = [''];
  for (let below = pending.pop(); below !== undefined; below = pending.pop()) {
    let block: string[] = [];
    for await (const entry of entries(join(folder, below))) {
      if (isHiddenName(entry.name)) continue;
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) pending.push(path);
      else if (entry.isFile()) block.push(path);
      if (block.length === STAT_BLOCK) {
        yield* await statAll(folder, block);
        block = [];
      }
    }
    yield* await statAll(folder, block);
  }
}

async function* entries(folder: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(folder, { bufferSize: 256 });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function statAll(folder: string, paths: readonly string[]): Promise<StoredFile[]> {
  const files = await Promise.all(paths.map((path) => statFile(folder, path)));
  return files.filter((file) => file !== null);
}

async function statFile(folder: string, path: string): Promise<StoredFile | null> {
  try {
    const stats = await lstat(join(folder, path), { bigint: true });
    return stats.isFile() ? describe(path, stats) : null;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** A rename keeps the time of the last write, so the time of the last status change tells when a file arrived. */
function describe(path: string, stats: BigIntStats): StoredFile {
  return { path, size: Number(stats.size), version: '', arrivedAt: instantFromNs(stats.ctimeNs) };
}

/** ISO instant with microseconds. */
function instantFromNs(ns: bigint): string {
  const micros = ns / 1000n;
  const toSecond = new Date(Number(micros / 1000n)).toISOString().slice(0, 19);
  return `${toSecond}.${String(micros % 1_000_000n).padStart(6, '0')}Z`;
}
