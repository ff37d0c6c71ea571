import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../lib/targets/postgres/embedded/start-embedded-postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of a superuser on a real Postgres server that the tests may fill as they like. */
    postgresUrl: string;
  }
}

/** One real Postgres server for the whole run: that of TIDEMARK_TEST_POSTGRES_URL, or an embedded one. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.TIDEMARK_TEST_POSTGRES_URL;
  if (given) {
    project.provide('postgresUrl', given);
    return undefined;
  }
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-test-postgres-'));
  // Entered by the server's own user when the tests run as root.
  await chmod(dir, 0o711);
  const server = await startEmbeddedPostgres({ dir, fast: true });
  project.provide('postgresUrl', server.url);
  return async () => {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  };
}
