import type { ReplicationConfig } from '../config/cloud.ts';
import type { Config } from '../config/config.ts';
import { type Finding, toProblems } from '../config/problem.ts';
import type { ConfigProblem } from '../errors.ts';
import { lintMappings } from './lint-mappings.ts';
import { lintTargetSettings } from './lint-target.ts';
import { lintTaskOverrides } from './lint-task.ts';

/**
 * What DMS could not do, or would do with harm, in what a configuration says of its tables, tasks and S3 endpoints.
 * Settings of a source are for its engine to judge: `sourceProblems`.
 */
export function dmsProblems(
  config: Pick<Config, 'storage' | 'tables' | 'replications'>,
): readonly ConfigProblem[] {
  return toProblems(dmsFindings(config), () => undefined);
}

/** The same before paths are text, for whoever knows the lines of the file. */
export function dmsFindings(config: Pick<Config, 'storage' | 'tables' | 'replications'>): readonly Finding[] {
  return config.replications.flatMap((replication, i) => lintReplication(config, replication, i));
}

function lintReplication(
  config: Pick<Config, 'storage' | 'tables'>,
  replication: ReplicationConfig,
  index: number,
): Finding[] {
  const path = ['replications', index];
  return [
    ...lintMappings(config, replication, path),
    ...lintTaskOverrides(replication, [...path, 'taskSettings']),
    ...lintTargetSettings(replication, [...path, 'targetSettings']),
  ];
}
