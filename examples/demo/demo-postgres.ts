import pg from 'pg';
import type { Config } from '../../lib/config/config.ts';
import { startEmbeddedPostgres } from '../../lib/targets/postgres/embedded/start-embedded-postgres.ts';

/** A connection to the shop's Postgres. */
export interface DemoPostgres {
  readonly client: pg.Client;
  stop(): Promise<void>;
}

/** Starts the Postgres that the configuration's export sends to, and connects to it. Exports join the running one. */
export async function startDemoPostgres(config: Config): Promise<DemoPostgres> {
  const connection = config.exports.map((one) => one.connection).find((one) => one.kind === 'embedded')!;
  const server = await startEmbeddedPostgres({ dir: connection.dir });
  const types = { getTypeParser: () => (value: string) => value };
  const client = new pg.Client({ connectionString: server.url, types });
  await client.connect();
  return {
    client,
    stop: async () => {
      await client.end();
      await server.stop();
    },
  };
}
