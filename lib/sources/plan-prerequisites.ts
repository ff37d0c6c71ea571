import type { ReplicationConfig, SourceEngine } from '../config/cloud.ts';
import type { Config, TableConfig } from '../config/config.ts';
import { sourceSchema, sourceTable } from '../config/paths.ts';
import type { Step } from './source.ts';
import { findSource } from './sources.ts';

/** What one replication needs at its source. */
export interface Prerequisites {
  readonly replication: string;
  readonly engine: SourceEngine;
  /** User of DMS that the steps make. */
  readonly user: string;
  /** Tables of the configuration that the steps are about. */
  readonly tables: readonly string[];
  readonly steps: readonly Step[];
}

/**
 * What a replication needs at its source: for all its tables, or for those given. `user` is the name in the secret;
 * without it one is suggested. What `sourceProblems` refuses must be out of the way.
 */
export function planPrerequisites(
  config: Pick<Config, 'tables'>,
  replication: ReplicationConfig,
  { user, tables }: { readonly user?: string; readonly tables?: readonly TableConfig[] } = {},
): Prerequisites {
  const source = findSource(replication.source.engine);
  const about = tables ?? config.tables.filter((table) => table.replication === replication.name);
  const { capacity } = replication;
  const name = user ?? source.defaultUser;
  const steps = source.prerequisites({
    source: replication.source,
    tables: about.map(({ source: full }) => ({ schema: sourceSchema(full), table: sourceTable(full) })),
    fullLoadOnly: replication.migration === 'full-load',
    serverless: capacity.kind === 'serverless',
    dmsVersion: capacity.kind === 'standard' ? (capacity.engineVersion ?? null) : null,
    user: name,
  });
  return {
    replication: replication.name,
    engine: source.engine,
    user: name,
    tables: about.map((table) => table.name),
    steps,
  };
}
