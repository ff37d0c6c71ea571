import type { TableConfig } from '../config/config.ts';
import type { Clock, Faults, Logger, SqlSession } from '../ports.ts';
import type { CutBounds } from './pending-rows.ts';
import type { SourceAddress } from './source-session.ts';

/** A file that was given its place. */
export interface CapturedFile {
  /** Configured name of the table. */
  readonly table: string;
  /** Absolute. */
  readonly path: string;
  /** Null of a load file, whose rows were told when they were read. */
  readonly rows: number | null;
}

/** What all steps of one capture work with. */
export interface CaptureContext {
  readonly address: SourceAddress;
  readonly slot: string;
  readonly publication: string;
  readonly tables: readonly TableConfig[];
  /** The folder of the slot: state, and files on their way. On the file system of the incoming folders. */
  readonly folder: string;
  /** Absolute path of a table's incoming folder. */
  readonly incoming: (table: TableConfig) => string;
  /** A DuckDB session that keeps the order of rows. */
  readonly duckdb: SqlSession;
  readonly bounds: CutBounds;
  /** Longest time that a row waits for its file, in milliseconds. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly faults: Faults;
  readonly onFile: (file: CapturedFile) => void;
  /** Told of each value that its file's type could not hold. */
  readonly onLossy: (table: string, column: string) => void;
}
