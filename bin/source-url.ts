import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Cli } from './cli.ts';
import { UsageError } from './usage-error.ts';

const EMBEDDED = 'embedded:';

/**
 * Calls `work` with the URL of the source that the command line, or else `TIDEMARK_SOURCE_URL`, names. A Postgres of a
 * folder, `embedded:<folder>`, runs for as long. Throws `UsageError` NO_SOURCE where none is named, or there is none.
 */
export async function withSource<T>(
  cli: Pick<Cli, 'env'>,
  named: string | undefined,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const source = named ?? cli.env.TIDEMARK_SOURCE_URL;
  if (!source) {
    throw new UsageError(
      'NO_SOURCE',
      'No source is named. Set TIDEMARK_SOURCE_URL to postgres://user:password@host:5432/database, or give it on the command line.',
    );
  }
  if (!source.startsWith(EMBEDDED)) return work(source);
  const dir = resolve(source.slice(EMBEDDED.length));
  await assertServer(dir);
  const { LOGICAL_LOG, startEmbeddedPostgres } = await import(
    '../lib/targets/postgres/embedded/start-embedded-postgres.ts'
  );
  const server = await startEmbeddedPostgres({ dir, settings: LOGICAL_LOG });
  try {
    return await work(server.url);
  } finally {
    await server.stop();
  }
}

/** A folder with a slip in its name must not become an empty source. */
async function assertServer(dir: string): Promise<void> {
  if (await stat(join(dir, 'password')).catch(() => null)) return;
  throw new UsageError(
    'NO_SOURCE',
    `There is no Postgres in ${dir}. Make one: tidemark dev postgres ${JSON.stringify(dir)}`,
  );
}
