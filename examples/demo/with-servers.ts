import type { Config } from '../../lib/config/config.ts';
import {
  LOGICAL_LOG,
  startEmbeddedPostgres,
} from '../../lib/targets/postgres/embedded/start-embedded-postgres.ts';

/** Two Postgres servers of their own. */
export interface DemoServers {
  /** URL of the one that the shop works with. */
  readonly source: string;
  /** URL of the one that snapshots are exported to; null without exports. */
  readonly target: string | null;
}

/** Runs both servers for as long as `work` takes; exports of other processes join the running one. */
export async function withServers<T>(
  sourceDir: string,
  { exports }: Config,
  wantsTarget: boolean,
  work: (servers: DemoServers) => Promise<T>,
): Promise<T> {
  const source = await startEmbeddedPostgres({ dir: sourceDir, settings: LOGICAL_LOG });
  try {
    const connection = exports.map((one) => one.connection).find((one) => one.kind === 'embedded');
    if (!wantsTarget || !connection) return await work({ source: source.url, target: null });
    const target = await startEmbeddedPostgres({ dir: connection.dir });
    try {
      return await work({ source: source.url, target: target.url });
    } finally {
      await target.stop();
    }
  } finally {
    await source.stop();
  }
}
