import { createHash } from 'node:crypto';
import { copyFile, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Makes `path` appear whole or not at all, also through a power cut: `fill` writes a hidden file beside it, which is
 * flushed and renamed. Replaces a file of that name. The hidden name follows from the name, so a leftover of a crash
 * is reused and they never pile up.
 */
export async function writeDurably(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryPath(path);
  try {
    await fill(temporary);
    await flush(temporary, 'r+');
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await flushFolder(dirname(path));
}

/** Copies a file so that the copy appears whole or not at all; `check` may look at the bytes before that. */
export async function copyDurably(
  from: string,
  to: string,
  check: (copy: string) => Promise<void>,
): Promise<void> {
  await writeDurably(to, async (temporary) => {
    await copyFile(from, temporary);
    await check(temporary);
  });
}

/** The hidden name a file has while it is written. Of fixed length: adding to a name of 255 bytes would be too long. */
export function temporaryPath(path: string): string {
  const id = createHash('sha256').update(basename(path)).digest('hex').slice(0, 32);
  return join(dirname(path), `.tidemark-${id}.tmp`);
}

async function flushFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; NTFS journals the rename by itself.
  if (process.platform !== 'win32') await flush(folder, 'r');
}

async function flush(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
