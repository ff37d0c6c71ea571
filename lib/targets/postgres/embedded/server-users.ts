import { readdirSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './postmaster-pid.ts';

let registrations = 0;

/**
 * Records that this process uses the server, and returns how to take it back. Taking back is synchronous, since it
 * also runs while the process exits; it tells whether anybody else still uses the server.
 */
export async function registerUser(dir: string): Promise<() => { othersLeft: boolean }> {
  const folder = join(dir, 'users');
  await mkdir(folder, { recursive: true });
  registrations += 1;
  const name = `${process.pid}-${registrations}`;
  await writeFile(join(folder, name), '');
  return () => {
    rmSync(join(folder, name), { force: true });
    return { othersLeft: liveUsers(folder) > 0 };
  };
}

/** Users whose process still runs; the marks of dead ones are removed. */
function liveUsers(folder: string): number {
  let live = 0;
  for (const name of readdirSync(folder)) {
    if (isAlive(Number(name.split('-')[0]))) live += 1;
    else rmSync(join(folder, name), { force: true });
  }
  return live;
}
