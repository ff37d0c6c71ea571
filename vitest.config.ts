import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './test/helpers/longest-first.ts';

const limits = { testTimeout: 30_000, hookTimeout: 60_000 };
const UNIT = 'test/unit/**/*.test.ts';

export default defineConfig({
  test: {
    globalSetup: ['test/helpers/postgres-global-setup.ts', 'test/warehouse/bench/global-setup.ts'],
    // Two cores: more workers only make the real databases wait for each other.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      // Many small files that leave nothing behind: what they import is loaded once, not in each.
      { test: { ...limits, name: 'unit', include: [UNIT], isolate: false } },
      {
        test: {
          ...limits,
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, UNIT],
        },
      },
    ],
  },
});
