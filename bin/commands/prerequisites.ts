import type { ReplicationConfig } from '../../lib/config/cloud.ts';
import type { Config, TableConfig } from '../../lib/config/config.ts';
import { suggest } from '../../lib/config/names.ts';
import { ConfigError } from '../../lib/errors.ts';
import { sourceProblems } from '../../lib/sources/check-source.ts';
import { planPrerequisites, type Prerequisites } from '../../lib/sources/plan-prerequisites.ts';
import type { Step } from '../../lib/sources/source.ts';
import { findSource } from '../../lib/sources/sources.ts';
import type { Cli } from '../cli.ts';
import { toJson } from '../output/json.ts';
import type { Paint } from '../output/paint.ts';
import { visible, visibleLines } from '../output/visible.ts';
import { UsageError } from '../usage-error.ts';
import { readConfig } from '../with-workspace.ts';

/** What a source needs before DMS can copy from it: SQL to run, and SQL that tells whether it was. Connects nowhere. */
export async function prerequisites(
  cli: Cli,
  name: string | undefined,
  options: { check?: boolean; json?: boolean; user?: string },
): Promise<void> {
  const config = await readConfig(cli);
  const chosen = choose(config, name);
  const problems = sourceProblems(config);
  if (problems.length > 0) throw new ConfigError(problems, cli.configPath);
  const plans = chosen.map(({ replication, tables }) =>
    planPrerequisites(config, replication, { tables, user: options.user }),
  );
  if (options.json) return cli.out.write(toJson({ replications: plans }));
  const describe = options.check ? describeCheck : describeStep;
  await cli.out.write(plans.map((plan) => describePlan(plan, describe, cli.paint)).join('\n'));
}

interface Choice {
  readonly replication: ReplicationConfig;
  /** Absent: all of them. */
  readonly tables?: readonly TableConfig[];
}

/** A table with what copies it, a replication, or every replication. A table goes first where both have the name. */
function choose({ tables, replications }: Config, name: string | undefined): Choice[] {
  if (replications.length === 0) {
    const message =
      'The configuration has no replications: nothing is copied by DMS. Add one under "replications:".';
    throw new UsageError('NO_REPLICATIONS', message);
  }
  if (name === undefined) return replications.map((replication) => ({ replication }));
  const table = tables.find((one) => one.name === name);
  const replication = replications.find((one) => one.name === (table?.replication ?? name));
  if (table && replication && table.replication !== null) return [{ replication, tables: [table] }];
  if (replication) return [{ replication }];
  if (table) {
    throw new UsageError(
      'NOT_COPIED',
      `No replication copies the table ${JSON.stringify(name)}: its files come from elsewhere.`,
    );
  }
  const known = [...tables.map((one) => one.name), ...replications.map((one) => one.name)];
  throw new UsageError(
    'UNKNOWN_TABLE',
    `No table or replication is called ${JSON.stringify(name)}. ${suggest(name, known, 'Tables and replications')}`,
  );
}

type Describe = (step: Step, number: number, paint: Paint) => string;

/** All of it can be kept as a file of SQL: what is no SQL is a comment. */
function describePlan(
  { replication, engine, user, steps }: Prerequisites,
  describe: Describe,
  paint: Paint,
): string {
  const head = `${visible(replication)}: ${findSource(engine).title}, read by DMS as ${visible(user)}`;
  const parts = steps.map((step, i) => describe(step, i + 1, paint));
  return [`${paint.bold(`-- ${head}`)}\n`, ...parts].join('\n');
}

const describeStep: Describe = (step, number, paint) => {
  const settings = Object.entries(step.settings ?? {});
  const about = [
    ...comment(step.why),
    ...comment(`See ${step.see}`),
    ...(settings.length > 0 ? comment(`To set, ${step.where}:`) : []),
    ...settings.map(([name, value]) => `--   ${visible(name)} = ${visible(value)}`),
  ];
  const sql = step.sql === undefined ? [] : ['', visibleLines(step.sql)];
  return [title(step, number, paint), paint.dim(about.join('\n')), ...sql, '', check(step, paint)].join('\n');
};

const describeCheck: Describe = (step, number, paint) =>
  `${title(step, number, paint)}\n${check(step, paint)}`;

function title({ title: text, where }: Step, number: number, paint: Paint): string {
  return paint.bold(`-- ${number}. ${text} (${where})`);
}

function check({ check: sql, answers }: Step, paint: Paint): string {
  const meanings = answers.flatMap(({ answer, means }) => comment(`${answer}: ${means}`, '  '));
  return `${paint.dim('-- Check:')}\n${visibleLines(sql)}\n${paint.dim(meanings.join('\n'))}\n`;
}

const WIDTH = 100;

/** Lines of comment no wider than a page, so far as words allow. */
function comment(text: string, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of visible(text).split(' ')) {
    if (line !== '' && line.length + word.length + 1 > WIDTH - indent.length) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line].map((one, i) => `-- ${indent}${i > 0 && indent !== '' ? '  ' : ''}${one}`);
}
