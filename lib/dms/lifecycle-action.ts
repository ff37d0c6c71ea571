import type { MigrationType } from '../config/cloud.ts';
import type { ConnectionState, ReplicationKind, StartType, TableName, TableStatistics } from './dms-port.ts';

/**
 * Why the replication is looked at.
 * - `stop-before`: its definition is about to change, and DMS changes none that runs
 * - `start-after`: its definition is made or changed
 * - `ensure-after`: an update ended, well or badly; what should run runs
 * - `stop-for-delete`: its definition is about to go
 */
export type Phase = 'stop-before' | 'start-after' | 'ensure-after' | 'stop-for-delete';

/** What should be. */
export interface DesiredReplication {
  /** How people call it, for messages: `crm (task shop-crm)`. */
  readonly label: string;
  readonly kind: ReplicationKind;
  readonly migration: MigrationType;
  readonly running: boolean;
  /** Tables that this change adds to a replication that may have run. Empty when it is new. */
  readonly added: readonly TableName[];
  /** Position in the source's log for the first start of a `cdc` replication. Null: DMS begins now. */
  readonly startFrom: string | null;
  /** A start was already accepted for this change. */
  readonly attempted: boolean;
  /** The connections were already tested for this change. */
  readonly tested: boolean;
  /** What cannot be mended here is no failure: an update is being undone. */
  readonly lenient: boolean;
}

/** What to do next. `done` may have a note for people: something is not as it should be, but not for us to mend. */
export type Action =
  | { readonly kind: 'start'; readonly type: StartType; readonly from: string | null }
  | { readonly kind: 'stop' }
  | { readonly kind: 'test-connections'; readonly endpointArns: readonly string[] }
  | { readonly kind: 'reload-tables'; readonly tables: readonly TableName[] }
  | { readonly kind: 'wait'; readonly seconds: number; readonly why: string }
  | { readonly kind: 'done'; readonly note?: string }
  | { readonly kind: 'fail'; readonly code: string; readonly message: string };

/** What was looked up of a replication besides its status. Null: not looked up, because `lookUps` did not ask. */
export interface Details {
  readonly connections: readonly ConnectionState[] | null;
  readonly statistics: readonly TableStatistics[] | null;
}
