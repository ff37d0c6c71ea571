import type { PostgresConnection } from '../../config/config.ts';
import type { Clock, Faults, Logger, SnapshotLoad, SnapshotTarget } from '../../ports.ts';
import { copyLine } from './bulk-text.ts';
import { connectionSettings, type Env } from './connection-settings.ts';
import { eraseKeyFrom } from './erase-key.ts';
import { openSession, type Session } from './session.ts';
import { createSharedLoads } from './shared-loads.ts';
import { type LoadPorts, openLoad, type Patience } from './snapshot-load.ts';
import { readTableShape } from './table-shape.ts';
import { readTargetTables, readWatermark } from './watermark.ts';

export interface PostgresTargetOptions {
  /** Where `${env:NAME}` is looked up. */
  readonly env: Env;
  readonly logger: Logger;
  readonly faults: Faults;
  /** All targets are given one; this one has no use for it. */
  readonly clock?: Clock;
  /** Milliseconds until whoever runs us is stopped; statements end before. @default no such end */
  readonly timeLeft?: () => number;
  /** @default five minutes for a turn, one for a lock, half a one to recover */
  readonly patience?: Partial<Patience>;
  /** Publish by one MERGE instead of a delete, an update and an insert. @default where the server can: 17 or newer */
  readonly merge?: boolean;
}

const PATIENCE: Patience = { turnMs: 300_000, lockMs: 60_000, recoverMs: 30_000 };

/**
 * Connects to a Postgres server and returns it as a target. References are looked up now, and one connection is made
 * and closed to find a wrong setting before any work; an `embedded` server runs until `close`. Needs Postgres 12 or
 * newer, and sessions of its own: no pooler in transaction mode in between.
 */
export async function createPostgresTarget(
  connection: PostgresConnection,
  options: PostgresTargetOptions,
): Promise<SnapshotTarget> {
  const server = await reach(connection, options.env);
  const { timeLeft } = options;
  // At least a second: 0 would be no limit.
  const connect = () => openSession(server.settings, timeLeft ? Math.max(1_000, timeLeft()) : 0);
  const patience = { ...PATIENCE, ...options.patience };
  const { faults, logger, merge } = options;
  const ports: LoadPorts = { connect, patience, faults, logger, ...(merge === undefined ? {} : { merge }) };
  const loads = new Set<SnapshotLoad>();
  const once = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const session = await connect();
    try {
      return await work(session);
    } finally {
      await session.end();
    }
  };
  await once(async () => {}).catch(async (error) => {
    await server.stop();
    throw error;
  });
  return {
    bulkText: copyLine,
    targetTables: (schema) => once((session) => readTargetTables(session, schema)),
    watermark: (schema, table) =>
      once(async (session) => {
        const stored = await readWatermark(session, schema, table);
        const shape = stored && (await readTableShape(session, schema, table));
        // Somebody dropped the table, and perhaps made a new one: what the watermark says is not in it.
        if (!stored || shape?.oid !== stored.tableOid) return null;
        const { historyId, configHash, kind, asOf, batchId, exportedAt } = stored;
        return { historyId, configHash, kind, asOf, batchId, exportedAt };
      }),
    async open(spec) {
      const load = await openLoad(spec, ports);
      loads.add(load);
      return load;
    },
    shared: createSharedLoads(ports),
    eraseKey: (schema, table, key) =>
      once((session) => eraseKeyFrom(session, schema, table, key, patience.turnMs)),
    async close() {
      for (const load of loads) await load.abort();
      loads.clear();
      await server.stop();
    },
  };
}

async function reach(connection: PostgresConnection, env: Env) {
  if (connection.kind !== 'embedded')
    return { settings: connectionSettings(connection, env), stop: async () => {} };
  const { startEmbeddedPostgres } = await import('./embedded/start-embedded-postgres.ts');
  const server = await startEmbeddedPostgres({ dir: connection.dir, port: connection.port });
  const url = { kind: 'url', url: { template: server.url }, verifyTls: true } as const;
  return { settings: connectionSettings(url, {}), stop: server.stop };
}
