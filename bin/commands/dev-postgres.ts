import { once } from 'node:events';
import { startEmbeddedPostgres } from '../../lib/targets/postgres/embedded/start-embedded-postgres.ts';
import type { Cli } from '../cli.ts';
import { UsageError } from '../usage-error.ts';
import { readConfig } from '../with-workspace.ts';

/** Runs the Postgres of the first export that has one of its own, until Ctrl-C. */
export async function devPostgres(cli: Cli): Promise<void> {
  const config = await readConfig(cli);
  const connection = config.exports.map((one) => one.connection).find((one) => one.kind === 'embedded');
  if (!connection) {
    throw new UsageError(
      'NO_EMBEDDED_POSTGRES',
      'No export has a Postgres of its own. Give one "connection: {embedded: ./postgres}" and run again.',
    );
  }
  const signal = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const { dir, port } = connection;
  const server = await startEmbeddedPostgres(port === undefined ? { dir } : { dir, port });
  try {
    await cli.out.write(`${server.url}\n`);
    cli.screen.note('Postgres is running. Press Ctrl-C to stop it.');
    // A pending promise keeps no process alive.
    const alive = setInterval(() => {}, 60_000);
    await signal;
    clearInterval(alive);
  } finally {
    await server.stop();
  }
}
