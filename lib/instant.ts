/** Instants are text `YYYY-MM-DDTHH:MM:SS.ffffffZ`, which sorts as time does. */

/** Microseconds since 1970 of an instant. */
export function instantToMicros(instant: string): bigint {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\.(\d{6})Z$/.exec(instant);
  if (!match) throw new RangeError(`not an instant with microseconds: ${instant}`);
  return BigInt(Date.parse(`${match[1]}Z`)) * 1000n + BigInt(match[2]!);
}

/** The instant of microseconds since 1970. Years 0000 to 9999. */
export function microsToInstant(micros: bigint): string {
  const seconds = micros >= 0n ? micros / 1_000_000n : -((-micros + 999_999n) / 1_000_000n);
  const rest = micros - seconds * 1_000_000n;
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${text}.${String(rest).padStart(6, '0')}Z`;
}

/** The instant so many seconds later. */
export function addSeconds(instant: string, seconds: number): string {
  return microsToInstant(instantToMicros(instant) + BigInt(Math.round(seconds * 1e6)));
}

/** Seconds from `earlier` to `later`; negative when it is the other way round. */
export function secondsBetween(earlier: string, later: string): number {
  return Number(instantToMicros(later) - instantToMicros(earlier)) / 1e6;
}

/** The earliest of some instants in canonical form; null where there is none. */
export function earliest(instants: readonly (string | null)[]): string | null {
  return instants.filter((instant) => instant !== null).sort()[0] ?? null;
}

/** The latest of some instants in canonical form; null where there is none. */
export function latest(instants: readonly (string | null)[]): string | null {
  const sorted = instants.filter((instant) => instant !== null).sort();
  return sorted.at(-1) ?? null;
}
