import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '../../../errors.ts';
import { isAlive } from './postmaster-pid.ts';

const POLL_MS = 50;

/** Runs `work` while no other process of this machine holds the lock file; the lock of a dead process is taken over. */
export async function withLock<T>(lockFile: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  const ours = `${process.pid} ${randomBytes(8).toString('hex')}`;
  const deadline = Date.now() + waitMs;
  while (!(await tryLock(lockFile, ours))) {
    if (Date.now() > deadline) {
      throw new TransientError(
        'EMBEDDED_POSTGRES_BUSY',
        `Another process has held ${lockFile} for more than ${waitMs / 1000} s. Wait for it, or end it, and try again.`,
      );
    }
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    if ((await readText(lockFile)) === ours) await rm(lockFile, { force: true });
  }
}

async function tryLock(lockFile: string, ours: string): Promise<boolean> {
  const draft = `${lockFile}.${ours.replace(' ', '-')}`;
  await writeFile(draft, ours, { mode: 0o600 });
  try {
    // A link appears whole, so nobody ever reads a lock that has no owner in it yet.
    await link(draft, lockFile);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await takeAwayIfDead(lockFile, draft);
    return false;
  } finally {
    await rm(draft, { force: true });
  }
}

async function takeAwayIfDead(lockFile: string, draft: string): Promise<void> {
  const held = await readText(lockFile);
  if (held === null || isAlive(Number(held.split(' ')[0]))) return;
  const taken = `${draft}.dead`;
  await rename(lockFile, taken).catch(() => undefined);
  // Somebody else took the dead lock away first and this is theirs: give it back.
  const seized = await readText(taken);
  if (seized !== null && seized !== held) await link(taken, lockFile).catch(() => undefined);
  await rm(taken, { force: true });
}

async function readText(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}
