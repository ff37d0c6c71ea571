import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Gives a finished file its place: it is there whole or not at all, also through a power cut. Both paths are on one
 * file system; a file of that name is replaced.
 */
export async function placeFile(draft: string, path: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  await flush(draft, 'r+');
  await rename(draft, path);
  // Windows cannot open a folder.
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
