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
  const asked = listenForStop();
  try {
    const { dir, port } = connection;
    const server = await startEmbeddedPostgres(port === undefined ? { dir } : { dir, port });
    try {
      await cli.out.write(`${server.url}\n`);
      cli.screen.note('Postgres is running. Press Ctrl-C to stop it.');
      await asked.received;
    } finally {
      await server.stop();
    }
  } finally {
    asked.forget();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Listens until it is told to forget: a signal that nobody listens to any more would end the process at once. */
function listenForStop(): { received: Promise<void>; forget: () => void } {
  let forget = (): void => {};
  const received = new Promise<void>((settle) => {
    const onSignal = (): void => settle();
    for (const signal of SIGNALS) process.on(signal, onSignal);
    // A pending promise keeps no process alive.
    const alive = setInterval(() => {}, 60_000);
    forget = () => {
      clearInterval(alive);
      for (const signal of SIGNALS) process.off(signal, onSignal);
    };
  });
  return { received, forget: () => forget() };
}
