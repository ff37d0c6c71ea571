import type { Column } from '../../lib/config/column-type.ts';
import type { HistoryMode } from '../../lib/config/config.ts';

/** Column values by column name, as canonical text (see `canonicalText`); a column left out is null. */
export type Values = Record<string, string | null>;

/** One row of a change file. */
export interface Change {
  readonly op: 'I' | 'U' | 'D';
  /** UTC, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly commitTime: string;
  readonly seq: string | null;
  readonly values: Values;
  /** Key before the change, by plain key name; null or left out means unchanged. Only read on `U`. */
  readonly beforeKeys?: Values;
  /** The row came in a full-load file; while a reload is open its instant replaces `commitTime` and `seq`. */
  readonly load?: boolean;
}

/** One row of a history table. */
export interface HistoryRow {
  readonly values: Values;
  readonly current: boolean;
  /** `YYYY-MM-DDTHH:MM:SS.ffffffZ`, like every time below. */
  readonly effective_date: string;
  readonly end_date: string | null;
  /** Empty, or padded to width 50, like every sequence below. */
  readonly effective_seq: string;
  readonly end_seq: string | null;
  readonly seen_date: string;
  readonly seen_seq: string;
  readonly batch_id: bigint;
}

/** One row of the `_versions` view. */
export interface VersionRow {
  readonly values: Values;
  readonly current: boolean;
  readonly effective_date: string;
  readonly end_date: string | null;
}

/** What one batch did. */
export interface Counts {
  /** Rows of the batch's files. */
  readonly read: number;
  /** History rows inserted, tombstones included. */
  readonly opened: number;
  /** History rows whose end was set or moved. */
  readonly closed: number;
  /** Those of `closed` whose end moved within one commit time only, which nobody sees. @default 0 */
  readonly closedUnseen?: number;
  /** History rows whose values or state changed in place. */
  readonly updated: number;
  /** Keys (`last-change`) or changes (`every-change`) that changed nothing visible and were not stale. */
  readonly unchanged: number;
  /** Keys whose last change is not later than the newest change seen; always 0 for `every-change`. */
  readonly stale: number;
  /** Different changes thrown away because another one of the batch claims the same key, time and sequence. */
  readonly ambiguous: number;
}

/** The table whose history is modelled. */
export interface OracleTable {
  readonly keys: readonly string[];
  /** Source columns in table order, keys included. */
  readonly columns: readonly Column[];
  readonly mode: HistoryMode;
  readonly tracked: readonly string[];
  /** @default change-seq */
  readonly sequence?: 'change-seq' | 'commit-time';
  /** @default snapshot */
  readonly reload?: 'snapshot' | 'changes';
}

/** The history of one table, kept in memory by the plainest means. */
export interface Oracle {
  applyBatch(changes: readonly Change[], batchId: bigint | number): Counts;
  /** Opens a reload generation: load rows applied from now on happened at this instant. */
  beginReload(instant: string): void;
  /** Ends the generation; with `reload: snapshot` current rows not seen since its instant end there. */
  completeReload(batchId: bigint | number): Counts;
  /** Takes on a wider set of columns; new ones are null on old rows. */
  evolve(columns: readonly Column[], tracked: readonly string[]): void;
  /** Sorted by key, effective date, effective sequence. */
  rows(): HistoryRow[];
  /** Sorted by key. */
  snapshotCurrent(): Values[];
  /** Sorted by key. `instant` is ISO with a zone, UTC without one, or a date meaning its midnight UTC. */
  snapshotAsOf(instant: string): Values[];
  /** Sorted by key and effective date. */
  versions(): VersionRow[];
  /** Of the last batch applied. */
  readonly counts: Counts;
}

/** One of the two ways to keep a history. Changes handed in are split, canonical and deduplicated. */
export interface OracleHistory {
  apply(changes: readonly PlainChange[], batchId: bigint): Omit<Counts, 'read' | 'ambiguous'>;
  /** Ends at the instant every current row not seen since. Returns how many. */
  closeUnseen(instant: string, batchId: bigint): number;
  /** Replaces the values of everything stored. */
  mapValues(map: (values: Values) => Values): void;
  /** In no order. */
  rows(): HistoryRow[];
}

/** A change after key changes were split: something exists from a position on, or ceases to. */
export interface PlainChange {
  readonly kind: 'upsert' | 'delete';
  /** `YYYY-MM-DDTHH:MM:SS.ffffffZ` */
  readonly t: string;
  /** Empty, or padded to width 50. */
  readonly s: string;
  /** Every column of the table. */
  readonly values: Values;
  /** A row of an open reload generation of a table with `reload: snapshot`. */
  readonly confirms: boolean;
}
