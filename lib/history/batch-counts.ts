/** What a batch did to a history, as far as the engine can tell; null where it cannot. */
export interface BatchCounts {
  /** Versions inserted. */
  readonly opened: number | null;
  /** Current rows that ended. */
  readonly closed: number | null;
  /** Rows changed in place: untracked columns, ends moved by a late change. */
  readonly updated: number | null;
  /** Deletes remembered that closed nothing. */
  readonly tombstones: number | null;
  /** Changes that said nothing new. */
  readonly unchanged: number | null;
  /** Changes older than what was already seen. */
  readonly stale: number | null;
}

/** Nothing is known. */
export const UNKNOWN_COUNTS: BatchCounts = {
  opened: null,
  closed: null,
  updated: null,
  tombstones: null,
  unchanged: null,
  stale: null,
};
