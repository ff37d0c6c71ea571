import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** For `npm run soak -- --bundles`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/soak/*.suite.ts'],
    globalSetup: ['test/helpers/postgres-global-setup.ts', 'test/warehouse/bench/global-setup.ts'],
    hookTimeout: 300_000,
  },
});
