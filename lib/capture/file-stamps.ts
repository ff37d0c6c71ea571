import { cdcFileName } from '../dms-files/file-names.ts';
import { instantToMicros, microsToInstant } from '../instant.ts';

const MILLISECOND = 1000n;

/** Names of files of captured changes. */
export interface FileStamps {
  readonly names: readonly string[];
  /** The instant in the last name, or what it was before when there are none. */
  readonly last: string;
}

/**
 * The names of the next files of all tables together. The stamps in them grow by a millisecond at least, also when the
 * clock was set back since the last ones.
 */
export function nextFileNames(count: number, now: string, last: string): FileStamps {
  const floor = (instant: string): bigint => (instantToMicros(instant) / MILLISECOND) * MILLISECOND;
  const after = floor(last) + MILLISECOND;
  const first = floor(now) > after ? floor(now) : after;
  const stamps = Array.from({ length: count }, (_, i) => microsToInstant(first + BigInt(i) * MILLISECOND));
  return { names: stamps.map(cdcFileName), last: stamps.at(-1) ?? last };
}
