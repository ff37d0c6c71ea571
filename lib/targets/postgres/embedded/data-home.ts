import { chmod, lstat, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TerminalError } from '../../../errors.ts';
import { temporaryRoots } from './native-binaries.ts';
import { canReach, isOurs, type RunAs } from './run-as.ts';

const MAPPING = 'moved-to';

/**
 * The folder that holds the server's data: `dir` itself, or, where the server's user cannot enter it, a folder of
 * our own under the temporary folder, remembered in `dir` so that the next start finds the same data. `dir` exists,
 * and the caller holds its lock.
 */
export async function dataHome(dir: string, user: RunAs | null): Promise<string> {
  if (await canReach(dir, user)) return dir;
  const remembered = await readFile(join(dir, MAPPING), 'utf8').catch(() => null);
  if (remembered && (await isUsable(remembered, user))) return remembered;
  for (const root of temporaryRoots()) {
    if (!(await canReach(root, user).catch(() => false))) continue;
    const home = await mkdtemp(join(root, 'tidemark-postgres-'));
    await chmod(home, 0o711);
    await writeFile(join(dir, MAPPING), home);
    return home;
  }
  throw new TerminalError(
    'EMBEDDED_POSTGRES_UNREACHABLE',
    `The server's user ${user?.uid} can enter neither ${dir} nor any temporary folder. ` +
      'Set TMPDIR to a folder that everybody can enter.',
  );
}

async function isUsable(home: string, user: RunAs | null): Promise<boolean> {
  const found = await lstat(home).catch(() => null);
  return found !== null && isOurs(found) && (await canReach(home, user));
}
