import { resolve } from 'node:path';
import {
  type EmbeddedPostgresOptions,
  LOGICAL_LOG,
  startEmbeddedPostgres,
} from '../../lib/targets/postgres/embedded/start-embedded-postgres.ts';
import type { Cli } from '../cli.ts';
import { UsageError } from '../usage-error.ts';
import { readConfig } from '../with-workspace.ts';

/**
 * Runs a Postgres until Ctrl-C: that of a folder, made there if there is none, whose log can be captured; without a
 * folder that of the first export that has one of its own.
 */
export async function devPostgres(cli: Cli, folder: string | undefined): Promise<void> {
  const options =
    folder === undefined ? await serverOfExport(cli) : { dir: resolve(folder), settings: LOGICAL_LOG };
  const asked = listenForStop();
  try {
    const server = await startEmbeddedPostgres(options);
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

async function serverOfExport(cli: Cli): Promise<EmbeddedPostgresOptions> {
  const config = await readConfig(cli);
  const connection = config.exports.map((one) => one.connection).find((one) => one.kind === 'embedded');
  if (!connection) {
    throw new UsageError(
      'NO_EMBEDDED_POSTGRES',
      'No export has a Postgres of its own. Give one "connection: {embedded: ./postgres}", or name a folder to run one in: tidemark dev postgres ./source',
    );
  }
  const { dir, port } = connection;
  return port === undefined ? { dir } : { dir, port };
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
