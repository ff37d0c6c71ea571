import type { MigrationType, ReplicationCapacity } from '../config/cloud.ts';

/** Whether DMS sizes what runs the copying, or an instance does it. */
export type ReplicationKind = ReplicationCapacity['kind'];

/** A replication by the name that its definition gives it, known before it exists. */
export interface ReplicationRef {
  readonly kind: ReplicationKind;
  /** Identifier of the task, or of the serverless configuration. */
  readonly identifier: string;
}

/** A replication that is there. */
export interface ReplicationTarget {
  readonly kind: ReplicationKind;
  /** ARN of the task, or of the serverless configuration. */
  readonly arn: string;
}

/** What DMS says of a replication at one moment. */
export interface ObservedReplication extends ReplicationTarget {
  /** As DMS writes it: `running`, `provisioning_capacity`, … */
  readonly status: string;
  readonly migration: MigrationType | null;
  /** Without its beginning: `FULL_LOAD_ONLY_FINISHED`. Null: none is given. */
  readonly stopReason: string | null;
  /** What failed last, in DMS's words; may be empty even when it failed. */
  readonly failures: readonly string[];
  /** It was started before, as far as can be seen, so that it is resumed and not started. */
  readonly everRan: boolean;
  /** There are traces of rows or of a position in the source's log. A start that failed or was stopped early leaves none. */
  readonly hasCopied: boolean;
  /** Ends of the connections of an instance, which must be tested before a first start. Null: DMS tests them itself. */
  readonly instance: ReplicationEnds | null;
}

export interface ReplicationEnds {
  readonly instanceArn: string;
  readonly endpointArns: readonly string[];
}

/** A table by its name at the source. */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** How far DMS is with one table. */
export interface TableStatistics extends TableName {
  /** As DMS writes it: `Before load`, `Full load`, `Table completed`, `Table error`, … */
  readonly state: string;
  /** Rows of the last load, null when there is no number. */
  readonly loadedRows: number | null;
  readonly loadStartedAt: Date | null;
  readonly loadEndedAt: Date | null;
  /** The last load was asked for while the task was running. */
  readonly reloaded: boolean;
}

/** Result of the last test of a connection. */
export interface ConnectionState {
  readonly endpointArn: string;
  /** `successful`, `testing`, `failed` or `deleting`; null: it was never tested. */
  readonly status: string | null;
  readonly failure: string | null;
}

/** How a replication starts. There is no way here to load everything again: nobody asks for that by accident. */
export type StartType = 'start-replication' | 'resume-processing';

/** Tables that DMS takes in one call to reload. */
export const MAX_RELOADED_TABLES = 10;

/**
 * What we ask of DMS, one kind of replication like the other. Errors are ours: `TransientError` DMS_BUSY when the state
 * does not allow a call now, DMS_THROTTLED and DMS_UNAVAILABLE; `TerminalError` DMS_DENIED and, with DMS's own words,
 * DMS_REFUSED for the rest.
 */
export interface DmsPort {
  /** Null when there is none of that name. */
  describe(ref: ReplicationRef): Promise<ObservedReplication | null>;
  /** Asks for a start and returns once it is accepted. `from` is a position in the source's log, for `cdc` only. */
  start(target: ReplicationTarget, type: StartType, from: string | null): Promise<void>;
  /** Asks for a stop and returns once it is accepted. One that is gone is success. */
  stop(target: ReplicationTarget): Promise<void>;
  /** All tables that DMS has numbers of; a table that was just added may be missing. */
  tableStatistics(target: ReplicationTarget): Promise<readonly TableStatistics[]>;
  /** Loads tables again while the task runs; at most `MAX_RELOADED_TABLES`. Called twice, it loads twice. */
  reloadTables(target: ReplicationTarget, tables: readonly TableName[]): Promise<void>;
  /** The last test of each connection. */
  connections(ends: ReplicationEnds): Promise<readonly ConnectionState[]>;
  /** Asks for a test of one connection; one under way is success. */
  testConnection(instanceArn: string, endpointArn: string): Promise<void>;
  tags(target: ReplicationTarget): Promise<Readonly<Record<string, string>>>;
  /** Adds a tag, or gives it another value. */
  tag(target: ReplicationTarget, key: string, value: string): Promise<void>;
}
