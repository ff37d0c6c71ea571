import type { SourceConfig, SourceEngine } from '../../../lib/config/cloud.ts';
import type { PrerequisiteRequest, SourceTable, Step } from '../../../lib/sources/source.ts';
import { findSource } from '../../../lib/sources/sources.ts';

/** A source of this engine that says nothing that it need not say. */
export function sourceOf(engine: SourceEngine, more: Partial<SourceConfig> = {}): SourceConfig {
  const { hostings, defaultTls } = findSource(engine);
  return {
    engine,
    hosting: hostings[0]!,
    database: 'shop',
    secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-AbCdEf',
    tls: defaultTls,
    settings: {},
    ...more,
  };
}

/** The steps of a source for one table, or for those given. */
export function stepsOf(
  source: SourceConfig,
  more: Partial<Omit<PrerequisiteRequest, 'source'>> = {},
): readonly Step[] {
  const { prerequisites, defaultUser } = findSource(source.engine);
  return prerequisites({
    source,
    tables: [{ schema: 'sales', table: 'customer' }],
    fullLoadOnly: false,
    serverless: false,
    dmsVersion: null,
    user: defaultUser,
    ...more,
  });
}

/** Everything of the steps that is SQL, in order, each under its title. */
export function sqlOf(steps: readonly Step[]): string {
  return steps
    .flatMap(({ title, sql, check }) => [
      `-- ${title}`,
      ...(sql === undefined ? [] : [sql]),
      '-- Check',
      check,
      '',
    ])
    .join('\n');
}

/** Names that a careless quoting would end, split or take for something else. */
export const HOSTILE: readonly SourceTable[] = [
  { schema: `o'brien"s`, table: `cust]omer"; drop table x; --` },
  { schema: 'a.b', table: 'select' },
  { schema: 'Größe $sql$', table: 'back\\slash `tick` $1 %s' },
];
