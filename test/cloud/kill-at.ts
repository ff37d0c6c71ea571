import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './execution-environment.ts';
import type { LocalFunction } from './local-function.ts';

const LIB = fileURLToPath(new URL('../../lib', import.meta.url));

/** Longer than any claim of a function lasts. */
const CLAIM_MS = 16 * 60_000;

/** Calls a function that kills itself at a point; after that its claim is over, as when a queue shows the message again. */
export async function killAt(called: LocalFunction, point: string, event: unknown): Promise<Outcome> {
  await called.arm({ TIDEMARK_FAULT: point });
  const outcome = await called.invoke(event);
  await called.arm();
  await called.skipTime(CLAIM_MS);
  return outcome;
}

/** What a call comes to that killed itself. */
export const KILLED: Outcome = { kind: 'ended', how: 'SIGKILL' };

/** Every point in the sources of some rooms at which a process may be told to kill itself, in order. */
export function faultPoints(...rooms: readonly string[]): string[] {
  const points = new Set<string>();
  for (const room of rooms) {
    for (const file of readdirSync(join(LIB, room), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const text = readFileSync(join(LIB, room, file), 'utf8');
      for (const [, point] of text.matchAll(/faults\.at\('([^']+)'\)/g)) points.add(point!);
    }
  }
  return [...points].sort();
}
