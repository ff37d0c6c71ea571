import { microsToInstant } from './instant.ts';
import type { Clock } from './ports.ts';

/** The machine's clock, with microseconds, never going back within one process. */
export function createSystemClock(): Clock {
  let last = 0n;
  return {
    now() {
      const micros = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000));
      const wall = BigInt(Date.now()) * 1000n;
      // A process that slept or had its clock set must follow the wall clock, not the one it started with.
      const drifted = micros - wall > 1_000_000n || wall - micros > 1_000_000n;
      const now = drifted ? wall : micros;
      last = now > last ? now : last + 1n;
      return microsToInstant(last);
    },
  };
}
