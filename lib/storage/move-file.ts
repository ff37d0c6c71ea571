import { lstat, mkdir, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TerminalError, TransientError } from '../errors.ts';
import { copyDurably } from './durable-write.ts';
import { isNotFound } from './file-error.ts';
import { readFileVersion } from './file-version.ts';

/** What the move does through the system; a test replaces `rename` to stand for another file system. */
export interface MoveSystem {
  readonly rename: (from: string, to: string) => Promise<void>;
}

export const REAL_SYSTEM: MoveSystem = { rename };

export interface MoveRequest {
  /** Absolute path of the file. */
  readonly source: string;
  /** Its version when it was looked at, or empty: then any content is moved. */
  readonly version: string;
  /** The n-th wish for the new place, from 1: the asked name, then free ones beside it. Absolute. */
  readonly candidate: (n: number) => string;
}

/**
 * Moves one file to the first candidate that is free or already holds the same content; returns its number. A crash
 * at any point leaves the file whole at one end or at both, and a second call finishes the move. Never overwrites
 * different content as long as nobody else writes to the new folder meanwhile.
 *
 * Throws `TransientError` FILE_CHANGED when the content is no longer of that version, FILE_VANISHED when the file is
 * at neither end; other errors as the system gives them.
 */
export async function moveFile(request: MoveRequest, system: MoveSystem = REAL_SYSTEM): Promise<number> {
  const { source, version, candidate } = request;
  if (!(await exists(source))) return findMoved(request);
  await assertRegularFile(source);
  if (version !== '') await assertVersion(source, version);
  for (let n = 1; ; n++) {
    const target = candidate(n);
    if (target === source) return n;
    if (!(await exists(target))) {
      await mkdir(dirname(target), { recursive: true });
      await transfer(source, target, system);
      return n;
    }
    if (await sameContent(source, target)) {
      await unlink(source);
      return n;
    }
  }
}

/** The source is gone: an earlier call may have moved it, to the asked name or to one beside it. */
async function findMoved({ source, version, candidate }: MoveRequest): Promise<number> {
  for (let n = 1; await exists(candidate(n)); n++) {
    if (version === '' || (await readFileVersion(candidate(n))).version === version) return n;
  }
  throw new TransientError(
    'FILE_VANISHED',
    `Could not move ${source}: it is gone, and not at ${candidate(1)} either. The next run looks again.`,
    { context: { path: source } },
  );
}

async function transfer(source: string, target: string, system: MoveSystem): Promise<void> {
  try {
    await system.rename(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const { version } = await readFileVersion(source);
    await copyDurably(source, target, (copy) => assertVersion(copy, version, source));
    await unlink(source);
  }
}

async function assertVersion(path: string, version: string, name = path): Promise<void> {
  if ((await readFileVersion(path)).version === version) return;
  throw new TransientError(
    'FILE_CHANGED',
    `Could not move ${name}: its content changed since it was looked at. The next run takes it as it is then.`,
    { context: { path: name } },
  );
}

async function assertRegularFile(path: string): Promise<void> {
  if ((await lstat(path)).isFile()) return;
  throw new TerminalError(
    'FILE_NOT_A_FILE',
    `Could not move ${path}: it is a folder or a link. Put a file there.`,
    {
      context: { path },
    },
  );
}

async function sameContent(a: string, b: string): Promise<boolean> {
  const [first, second] = [await lstat(a), await lstat(b)];
  if (!second.isFile() || first.size !== second.size) return false;
  return (await readFileVersion(a)).version === (await readFileVersion(b)).version;
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
