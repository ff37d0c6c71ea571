import type { PostgresConnection } from '../config/config.ts';
import type { SnapshotTarget } from '../ports.ts';
import { createPostgresTarget, type PostgresTargetOptions } from './postgres/postgres-target.ts';

/** Every kind of database that receives snapshots, by the name a config uses. A new one is one line here. */
export const TARGETS = {
  postgres: createPostgresTarget,
} as const satisfies Record<
  string,
  (connection: PostgresConnection, options: PostgresTargetOptions) => Promise<SnapshotTarget>
>;
