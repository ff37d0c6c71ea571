import type { SourceConfig } from '../config/cloud.ts';
import type { EndpointSettings, RefusedSetting, Source, Step } from './source.ts';
import { REFUSED_SETTINGS } from './setting-problems.ts';
import { SOURCES } from './sources.ts';

/** The text of `docs/sources.md`. */
export function renderSourcesDoc(): string {
  const sources = Object.values(SOURCES);
  return [INTRODUCTION, overview(sources), COMMON, refused(REFUSED_SETTINGS), ...sources.map(section)].join(
    '\n',
  );
}

const INTRODUCTION = `<!-- Written by npm run docs:sources from lib/sources. Changes here are lost. -->

# Sources

What AWS DMS can read, what it needs for that, and what it cannot do. \`tidemark prerequisites\` prints the SQL for your own
tables, with a check for every step and what each answer means. What cannot work is refused before anything is deployed. Facts
come from the user guide of DMS, which is linked; "verify" marks what it does not say for sure.
`;

const COMMON = `
The secret is in Secrets Manager, with these fields as text; DMS reads it, and nothing else does. \`settings\` of a source are
settings of the DMS endpoint by their names in its API; what CloudFormation has no property for goes into the extra connection
attributes. Unless you say otherwise, \`tls\` is the strictest mode that needs no certificate of yours.

Settings refused for every engine:
`;

function overview(sources: readonly Source[]): string {
  const rows = sources.map((source) =>
    row([
      `[${source.title}](#${anchor(source.title)})`,
      code([source.engine]),
      code(source.hostings),
      String(source.defaultPort),
      source.tlsModes
        .map((mode) => (mode === source.defaultTls ? `**\`${mode}\`**` : `\`${mode}\``))
        .join(', '),
      `${source.schemaIs}.table`,
    ]),
  );
  return [
    row(['source', '`engine`', '`hosting`', 'port', '`tls` (**default**)', '`source` of a table']),
    row(Array(6).fill('---')),
    ...rows,
    '',
  ].join('\n');
}

function section(source: Source): string {
  return [
    `\n## ${source.title}\n`,
    `DMS calls it \`${source.dmsEngineName}\`; [its page in the guide](${source.guide}). Fields of the secret:\n`,
    ...source.secretShape.map(({ name, description }) => `- \`${name}\`: ${description}`),
    ...(source.refusedSettings.length > 0 ? ['\nRefused settings:\n', refused(source.refusedSettings)] : []),
    '\nLimits:\n',
    ...source.limits.map(({ text, see }) => `- ${text}${see === source.guide ? '' : ` ([where](${see}))`}`),
    ...variants(source).map((variant) => prerequisites(source, variant)),
    '',
  ].join('\n');
}

/** The ways in which one engine can be read that differ in their steps. */
function variants(source: Source): SourceConfig[] {
  return source.hostings.flatMap((hosting): SourceConfig[] => {
    const base: SourceConfig = {
      engine: source.engine,
      hosting,
      database: 'sales',
      secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:sales-AbCdEf',
      tls: source.defaultTls,
      settings: {},
    };
    if (source.engine !== 'sqlserver') return [base];
    if (hosting === 'rds') return [{ ...base, cdc: 'ms-cdc' }];
    return [
      { ...base, cdc: 'ms-replication' },
      { ...base, cdc: 'ms-cdc' },
    ];
  });
}

function prerequisites(source: Source, config: SourceConfig): string {
  const steps = source.prerequisites({
    source: config,
    tables: [{ schema: 'sales', table: 'customer' }],
    fullLoadOnly: false,
    serverless: true,
    dmsVersion: null,
    user: source.defaultUser,
  });
  const settings = describeSettings(source.endpointSettings(config, 'full-load-and-cdc'));
  const cdc = config.cdc === undefined ? '' : `, ${config.cdc}`;
  return [
    `\n### ${source.title}, ${config.hosting}${cdc}\n`,
    ...(settings === '' ? [] : [`Set on the endpoint: ${settings}.\n`]),
    ...steps.map((step, i) => `${i + 1}. ${describeStep(step)}`),
  ].join('\n');
}

function describeStep({ title, why, where, settings }: Step): string {
  const set = Object.entries(settings ?? {}).map(([name, value]) => `\`${name}\` = \`${value}\``);
  return `**${title}** (${where}${set.length > 0 ? `: ${set.join(', ')}` : ''}). ${why}`;
}

function describeSettings({ settings, extraConnectionAttributes }: EndpointSettings): string {
  const own = Object.entries(settings).map(([name, value]) => `\`${name}=${value}\``);
  const extra = extraConnectionAttributes?.split(';').map((one) => `\`${one}\``) ?? [];
  return [...own, ...extra].join(', ');
}

/** One line for each reason. */
function refused(settings: readonly RefusedSetting[]): string {
  const byReason = new Map<string, string[]>();
  for (const { name, reason, when } of settings) {
    const line = `${when ? 'some values' : 'any value'}: ${reason}`;
    byReason.set(line, [...(byReason.get(line) ?? []), name]);
  }
  return [...byReason].map(([line, names]) => `- ${code(names)}, ${line}`).join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function code(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

/** As GitHub makes it of a heading. */
function anchor(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-');
}
