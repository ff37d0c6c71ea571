import { instantToMicros, microsToInstant } from '../../lib/instant.ts';

/** When a soak begins. */
export const BEGIN = '2026-05-01T00:00:00.000000Z';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** The instant so many milliseconds after the begin, and some microseconds. */
export function instantAt(ms: number, micros = 0): string {
  return microsToInstant(instantToMicros(BEGIN) + BigInt(Math.round(ms)) * 1000n + BigInt(micros));
}

/** The same as DMS writes commit times: text, UTC, microseconds. */
export function commitTimeAt(ms: number, micros = 0): string {
  return instantAt(ms, micros).replace('T', ' ').replace('Z', '');
}
