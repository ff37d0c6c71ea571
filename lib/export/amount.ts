/** About how much an export sends. */
export interface Amount {
  readonly rows: number;
  /** Of text, as the target takes it. */
  readonly bytes: number;
}

/** What one connection does at the least, from the engine to what is published, so that what is begun is ended. */
const ROWS_PER_SECOND = 10_000;
const BYTES_PER_SECOND = 10_000_000;

/** A part ends well within the quarter of an hour that a function has, even where things are slow. */
const PART_SECONDS = 200;
/** A shorter part is not worth its scan of the history. */
const LEAST_PART_SECONDS = 25;
/** Each part is a table of the target for a while. */
const MAX_PARTS = 200;

/** Seconds that an export takes at most, over one connection. */
export function secondsFor({ rows, bytes }: Amount): number {
  return Math.max(rows / ROWS_PER_SECOND, bytes / BYTES_PER_SECOND);
}

/** How many parts an export is split into: enough to keep all connections busy and each part short. */
export function countParts(amount: Amount, connections: number): number {
  const seconds = secondsFor(amount);
  const busy = Math.min(connections, Math.ceil(seconds / LEAST_PART_SECONDS));
  return Math.min(MAX_PARTS, Math.max(1, busy, Math.ceil(seconds / PART_SECONDS)));
}
