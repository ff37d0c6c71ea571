import { loadConfig } from '../lib/config/load-config.ts';
import type { Config } from '../lib/config/config.ts';
import { problemPlace } from '../lib/errors.ts';
import { faultsFromEnv } from '../lib/faults.ts';
import type { Workspace } from '../lib/workspace.ts';
import type { Cli } from './cli.ts';
import { createScreenLogger } from './output/logger.ts';

/** Reads the configuration and tells its warnings. */
export async function readConfig(cli: Cli): Promise<Config> {
  const { config, warnings } = await loadConfig(cli.configPath);
  for (const warning of warnings) {
    cli.screen.warn(`${problemPlace(warning)}: ${warning.message}. ${warning.hint}`);
  }
  return config;
}

/** Opens everything for `work` and closes it again, however `work` ends. */
export async function withWorkspace<T>(
  cli: Cli,
  { readOnly, bare = false, lazy = false }: { readOnly: boolean; bare?: boolean; lazy?: boolean },
  work: (ws: Workspace) => Promise<T>,
): Promise<T> {
  const config = await readConfig(cli);
  const faults = faultsFromEnv(cli.env);
  // The engine is the slowest thing to load, and a wrong configuration is told without it.
  const { openWorkspace } = await import('../lib/workspace.ts');
  const ws = await openWorkspace(config, {
    env: cli.env,
    logger: createScreenLogger(cli),
    faults,
    readOnly,
    bare,
    lazy,
  });
  try {
    return await work(ws);
  } finally {
    await ws.close();
  }
}
