import { instantToMicros } from '../instant.ts';
import type { Workspace } from '../workspace.ts';

/** What a sweep tells the next one, which runs in another process. */
export interface SweepMemory {
  /** Table that was looked at last when there was no time for the others; the next sweep begins behind it. */
  readonly lookedUpTo: string | null;
  /** When the warehouse was last asked about the sample and the exports; ISO instant. */
  readonly askedAt: string | null;
  /** Table whose history was checked last. */
  readonly checkedUpTo: string | null;
  /** By export, since when it lacked a batch when that was asked; ISO instants. Those that lacked none are left out. */
  readonly lacking: Readonly<Record<string, string>>;
}

/** Of a pipeline that was never swept, or whose memory is lost: nothing is wrong with that. */
export const NO_MEMORY: SweepMemory = { lookedUpTo: null, askedAt: null, checkedUpTo: null, lacking: {} };

/** A hidden name, which no store lists as a change file. */
const FILE = '_sweep.json';

/** The memory of the last sweep; `NO_MEMORY` where there is none or nobody can read it. */
export async function readMemory(ws: Workspace): Promise<SweepMemory> {
  const text = await storeOf(ws).read('rejected', FILE);
  return text === null ? NO_MEMORY : parseMemory(text);
}

/** Keeps the memory for the next sweep. */
export async function writeMemory(ws: Workspace, memory: SweepMemory): Promise<void> {
  await storeOf(ws).put('rejected', FILE, `${JSON.stringify(memory)}\n`);
}

/** Reads what was kept; what does not look as it should is forgotten. */
export function parseMemory(text: string): SweepMemory {
  const fields = parseObject(text);
  return {
    lookedUpTo: nameIn(fields.lookedUpTo),
    askedAt: instantIn(fields.askedAt),
    checkedUpTo: nameIn(fields.checkedUpTo),
    lacking: Object.fromEntries(
      Object.entries(asObject(fields.lacking)).flatMap(([name, value]) => {
        const since = instantIn(value);
        return since === null ? [] : [[name, since]];
      }),
    ),
  };
}

/** Names in order, beginning behind the given one, which need not be among them. */
export function rotated<T extends { readonly name: string }>(items: readonly T[], after: string | null): T[] {
  const sorted = items.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (after === null) return sorted;
  const next = sorted.findIndex(({ name }) => name > after);
  return next < 0 ? sorted : [...sorted.slice(next), ...sorted.slice(0, next)];
}

/** The functions may write beside change files and nowhere else: one table keeps the memory for all. */
function storeOf(ws: Workspace) {
  const [keeper] = rotated(ws.config.tables, null);
  return ws.store(keeper!);
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {};
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function nameIn(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function instantIn(value: unknown): string | null {
  try {
    instantToMicros(String(value));
    return String(value);
  } catch {
    return null;
  }
}
