import type { DemoOptions } from './demo-options.ts';
import { type DemoPlace, type Env, IN_A_FILE } from './demo-place.ts';

/**
 * The place that the options and the environment ask for: a file; the workspace that `DATABRICKS_HOST` names; else a
 * warehouse on this machine. Throws what the places throw.
 */
export async function choosePlace(options: DemoOptions, env: Env): Promise<DemoPlace> {
  if (options.engine === 'duckdb') return IN_A_FILE;
  const { catalog = env.DATABRICKS_CATALOG, schema } = options;
  // Only those who want them should load the driver and the bench.
  if (env.DATABRICKS_HOST) {
    const { createWorkspacePlace } = await import('./workspace-place.ts');
    return createWorkspacePlace({ catalog, schema }, env);
  }
  const { startBenchPlace } = await import('./bench-place.ts');
  return startBenchPlace(schema, env);
}
