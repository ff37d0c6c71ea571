import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/** Who claimed a table, as far as the name of the claim tells. */
export interface Worker {
  readonly host: string;
  readonly pid: number;
  /** When it was about to claim; ISO instant. */
  readonly since: string;
}

/**
 * A name for one claim of this process: unique, and telling a person where to look for it.
 *
 * @param now ISO instant
 */
export function nameWorker(now: string): string {
  return [randomUUID(), now, process.pid, hostname()].join('/');
}

/** Reads the name that the ledger keeps of a claim: that of a process, then ours. Null where it is none of ours. */
export function parseWorker(owner: string): Worker | null {
  const [, , since = '', pid = '', ...host] = owner.split('/');
  if (!/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(since) || !/^\d+$/.test(pid) || host.length === 0) return null;
  return { host: host.join('/'), pid: Number(pid), since };
}

/** True where a worker's process runs on this machine now, or another one that got its number; this one does not count. */
export function isAlive({ host, pid }: Worker): boolean {
  if (host !== hostname() || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
