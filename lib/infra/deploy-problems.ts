import { deployableFindings } from '../config/check-deployable.ts';
import type { Config } from '../config/config.ts';
import { type Finding, toProblems } from '../config/problem.ts';
import { dmsFindings } from '../dms/lint.ts';
import { ConfigError } from '../errors.ts';
import { sourceFindings } from '../sources/check-source.ts';
import { shippedFindings } from './shipped-config.ts';

/** Everything that keeps a right configuration from being deployed: names, secrets, sources, DMS, files to ship. */
export function deployFindings(config: Config): readonly Finding[] {
  return [
    ...deployableFindings(config),
    ...sourceFindings(config),
    ...dmsFindings(config),
    ...shippedFindings(config),
  ];
}

/** Throws `ConfigError` with all of it. */
export function assertDeployable(config: Config): void {
  const problems = toProblems(deployFindings(config), () => undefined);
  if (problems.length > 0) throw new ConfigError(problems, config.name);
}
