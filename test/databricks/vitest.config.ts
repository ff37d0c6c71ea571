import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** For main.ts, which makes the schema that these suites work in. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/databricks/*.suite.ts'],
    globalSetup: ['test/helpers/postgres-global-setup.ts'],
    // All suites ask one warehouse.
    maxWorkers: 1,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
