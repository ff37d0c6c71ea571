import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { missingParts } from './install.ts';
import { type SparkServer, startSparkServer } from './spark-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where a test asks for the run's one Spark server, and whether there can be one. */
    warehouse: { readonly url: string; readonly available: boolean };
  }
}

/** What `url` answers. */
export interface SharedSpark {
  readonly port: number;
  readonly logFile: string;
}

/**
 * One Spark server for the whole run, started when the first test asks for it. Where it cannot be, that is said once,
 * and only when a test would have wanted it. `TIDEMARK_SPARK_PORT` names one that runs already (`npm run warehouse`).
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing = await missingParts();
  let spark: Promise<SparkServer> | null = null;
  let told = false;

  const server = createServer((_request, response) => {
    if (missing.length > 0) {
      if (!told) console.log(skippedText(missing));
      told = true;
      response.writeHead(204).end();
      return;
    }
    if (process.env.TIDEMARK_SPARK_PORT) {
      const port = Number(process.env.TIDEMARK_SPARK_PORT);
      response.end(JSON.stringify({ port, logFile: '' } satisfies SharedSpark));
      return;
    }
    spark ??= mkdtemp(join(tmpdir(), 'tidemark-warehouse-run-')).then((dir) => startSparkServer({ dir }));
    spark.then(
      ({ port, logFile }) => response.end(JSON.stringify({ port, logFile } satisfies SharedSpark)),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  project.provide('warehouse', { url: `http://127.0.0.1:${port}/`, available: missing.length === 0 });

  return async () => {
    server.close();
    server.closeAllConnections();
    const started = await spark?.catch(() => null);
    if (!started) return;
    await started.stop();
    await rm(started.dir, { recursive: true, force: true });
  };
}

function skippedText(missing: readonly string[]): string {
  return (
    `Skipped: the tests against Spark with Delta. Missing: ${missing.join('; ')}. ` +
    'Run "npm run warehouse" once to fetch it (about 500 MB).'
  );
}
