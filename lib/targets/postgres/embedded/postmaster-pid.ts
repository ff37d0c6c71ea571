import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a running server writes about itself into its data folder. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number | null;
  readonly status: 'starting' | 'ready' | 'stopping' | 'unknown';
}

/**
 * Reads the text of `postmaster.pid`, which grows line by line while the server starts; null when it has no pid yet.
 * @see https://www.postgresql.org/docs/current/storage-file-layout.html
 */
export function parsePostmasterPid(text: string): Postmaster | null {
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!lines[0] || !Number.isInteger(pid) || pid <= 0) return null;
  const port = Number(lines[3]);
  const status = lines[7];
  return {
    pid,
    port: lines[3] && Number.isInteger(port) && port > 0 ? port : null,
    status: status === 'starting' || status === 'ready' || status === 'stopping' ? status : 'unknown',
  };
}

/** The server that holds this data folder, dead or alive; null when the folder is free. */
export async function readPostmaster(dataDir: string): Promise<Postmaster | null> {
  try {
    return parsePostmasterPid(await readFile(join(dataDir, 'postmaster.pid'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** True while a process of this number exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** False only when the process is certainly something else than a Postgres server: its number was given away anew. */
export async function mayBePostgres(pid: number): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes('postgres');
  } catch {
    return isAlive(pid);
  }
}
