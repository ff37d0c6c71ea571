import { changeSequence } from '../dms-files/file-names.ts';
import { instantToMicros, microsToInstant } from '../instant.ts';

/**
 * Where in the log everything before has been taken, and what the next change needs to know of those before it. Saved
 * together, so that the same log read again from here gives the same commit times and change sequences.
 */
export interface LogPosition {
  /** Every transaction whose commit ends at or before this was taken. */
  readonly lsn: bigint;
  /** Commit time of the last change taken, as files have it; of a load, its instant. */
  readonly committedAt: string;
  /** Counter in the change sequence of the last change taken. */
  readonly counter: bigint;
}

/** What all changes of one transaction share. */
export interface CommitStamp {
  readonly committedAt: string;
  /** Counter of its first change; each change takes the next one. */
  readonly firstCounter: bigint;
}

/**
 * Commit time and first counter of a transaction, by what came before it.
 *
 * PostgreSQL takes the commit time before the commit's place in the log is certain, and a clock may be set back, so
 * commit times do not grow in the order of commits. Where one would not, it is the one before and a microsecond: the
 * order of `(commit time, change sequence)` is then always the order of commits, no two commits share an instant, and
 * the rows valid at a commit's time are those of the source right after it. The counter is the commit's position in
 * the log, or the counter before it and one where a large transaction has counted beyond that.
 */
export function stampCommit(
  { committedAt, counter }: Pick<LogPosition, 'committedAt' | 'counter'>,
  commit: { readonly micros: bigint; readonly lsn: bigint },
): CommitStamp {
  const earliest = instantToMicros(committedAt) + 1n;
  return {
    committedAt: microsToInstant(commit.micros > earliest ? commit.micros : earliest),
    firstCounter: commit.lsn > counter ? commit.lsn : counter + 1n,
  };
}

/** The 35 digits of a change: they grow with the order of commits, and within one with the order of its changes. */
export function changeSeqOf(stamp: CommitStamp, counter: bigint): string {
  return changeSequence(stamp.committedAt, counter);
}
