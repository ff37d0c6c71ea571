import { checkDeployable } from '../../lib/config/check-deployable.ts';
import type { Config } from '../../lib/config/config.ts';
import { loadConfig } from '../../lib/config/load-config.ts';
import type { Finding } from '../../lib/config/problem.ts';
import { dmsFindings } from '../../lib/dms/lint.ts';
import { ConfigError, type ConfigProblem, problemPlace } from '../../lib/errors.ts';
import { sourceFindings } from '../../lib/sources/check-source.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { plural } from '../output/human.ts';
import { toJson } from '../output/json.ts';
import { visibleLines } from '../output/visible.ts';

/**
 * Lists every problem and every warning of the configuration, each with its place and how to mend it. With replications
 * that is also what the source and DMS cannot do, and as warnings what keeps it from being deployed.
 */
export async function validate(cli: Cli, options: { json?: boolean }): Promise<void> {
  const { problems, warnings, summary } = await check(cli.configPath);
  if (problems.length > 0) cli.raise(EXIT.refused);
  if (options.json) return cli.out.write(toJson({ valid: problems.length === 0, problems, warnings }));
  const { paint } = cli;
  const lines = [
    ...problems.map((problem) => `${paint.red('problem')} ${describe(problem)}`),
    ...warnings.map((warning) => `${paint.yellow('warning')} ${describe(warning)}`),
    problems.length > 0
      ? `${cli.configPath} has ${plural(problems.length, 'problem')}.`
      : paint.green(`${cli.configPath} is valid: ${summary}.`),
  ];
  await cli.out.write(`${lines.join('\n')}\n`);
}

interface Checked {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  readonly summary: string;
}

async function check(path: string): Promise<Checked> {
  try {
    const { config, warnings } = await loadConfig(path, { also: replicationFindings });
    const summary = `${plural(config.tables.length, 'table')}, ${plural(config.exports.length, 'export')}`;
    return { problems: [], warnings: [...warnings, ...undeployable(config)], summary };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.problems, warnings: [], summary: '' };
  }
}

/** What neither source nor DMS can do, or only with harm. */
function replicationFindings(config: Config): readonly Finding[] {
  return [...sourceFindings(config), ...dmsFindings(config)];
}

/** What is right on a laptop and keeps replications from being deployed. */
function undeployable(config: Config): readonly ConfigProblem[] {
  if (config.replications.length === 0) return [];
  return checkDeployable(config).map((problem) => ({
    ...problem,
    message: `keeps this from being deployed: ${problem.message}`,
  }));
}

function describe(problem: ConfigProblem): string {
  return visibleLines(`${problemPlace(problem)}: ${problem.message}. ${problem.hint}`);
}
