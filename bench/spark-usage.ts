import { readdir, readFile } from 'node:fs/promises';

/** What the processes of one group have used since they began. */
export interface Usage {
  readonly cpuSeconds: number;
  /** All that was read by system calls, from disk, page cache and sockets. */
  readonly readBytes: number;
}

/** Of the kernel's clock as `/proc` shows it, on every Linux. */
const TICKS_PER_SECOND = 100;

/** Group and CPU seconds from `/proc/<pid>/stat`. The program's name in it may hold blanks and brackets. */
export function parseProcessStat(text: string): { readonly group: number; readonly cpuSeconds: number } {
  const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ');
  const [group, user, system] = [fields[2], fields[11], fields[12]].map(Number);
  return { group: group!, cpuSeconds: (user! + system!) / TICKS_PER_SECOND };
}

/** Bytes read from `/proc/<pid>/io`; 0 where it does not say. */
export function parseReadBytes(text: string): number {
  return Number(/^rchar: (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** What a process group has used so far; null where there is no `/proc`, or no group to ask about. */
export async function groupUsage(group: number | null): Promise<Usage | null> {
  const entries = group === null ? null : await readdir('/proc').catch(() => null);
  if (entries === null) return null;
  let [cpuSeconds, readBytes] = [0, 0];
  for (const pid of entries.filter((name) => /^\d+$/.test(name))) {
    // Others come and go meanwhile.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null) continue;
    const found = parseProcessStat(stat);
    if (found.group !== group) continue;
    cpuSeconds += found.cpuSeconds;
    readBytes += parseReadBytes(await readFile(`/proc/${pid}/io`, 'utf8').catch(() => ''));
  }
  return { cpuSeconds, readBytes };
}

/** What one piece of work cost. */
export interface Cost {
  readonly seconds: number;
  /** What the group used meanwhile, where that can be known. */
  readonly used: Usage | null;
}

/** Runs `work` and tells what it cost the process group that does it. */
export async function costOf(group: number | null, work: () => Promise<void>): Promise<Cost> {
  const before = await groupUsage(group);
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const after = await groupUsage(group);
  if (!before || !after) return { seconds, used: null };
  return {
    seconds,
    used: {
      cpuSeconds: after.cpuSeconds - before.cpuSeconds,
      readBytes: after.readBytes - before.readBytes,
    },
  };
}
