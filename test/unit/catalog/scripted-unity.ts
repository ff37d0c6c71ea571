import type { SetupDeps } from '../../../lib/catalog/table-objects.ts';
import type { Column } from '../../../lib/config/column-type.ts';
import type { Config } from '../../../lib/config/config.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import { createDatabricksDialect } from '../../../lib/engines/databricks/dialect.ts';
import type { PipelineError } from '../../../lib/errors.ts';
import type { Engine, StatementResult, TextRow } from '../../../lib/ports.ts';

/** What a scripted Unity Catalog holds, and what it refuses. Nothing of it is real: volumes and grants run nowhere here. */
export interface Script {
  readonly schemas?: readonly string[];
  /** Columns of each table or view, by name. A `_versions` name is a view. */
  tables?: Record<string, readonly Column[]>;
  /** Rows of `information_schema.volumes`: name, type, location. */
  volumes?: TextRow[];
  /** Rows of what is granted: kind, object, principal, privilege. */
  held?: TextRow[];
  readonly principal?: string;
  /** Throws for the statements it matches. */
  readonly refuse?: (sql: string) => PipelineError | null;
  readonly answer?: (sql: string) => StatementResult;
}

/** An engine that answers by script and remembers what was executed. */
export function scriptedUnity(script: Script): { engine: Engine; executed: string[]; asked: string[] } {
  const executed: string[] = [];
  const asked: string[] = [];
  const refuse = (sql: string): void => {
    const error = script.refuse?.(sql);
    if (error) throw error;
  };
  const engine: Engine = {
    dialect: createDatabricksDialect('databricks'),
    async execute(sql) {
      refuse(sql);
      executed.push(sql);
      return script.answer?.(sql) ?? {};
    },
    async query(sql) {
      refuse(sql);
      asked.push(sql);
      if (sql.startsWith('show schemas')) return (script.schemas ?? []).map((name) => [name]);
      if (sql.includes('schema_privileges')) return script.held ?? [];
      if (sql.includes('information_schema.volumes')) return script.volumes ?? [];
      if (sql.includes('current_user()')) return [[script.principal ?? 'me@example.com']];
      if (sql.startsWith('describe table extended')) return details(sql);
      if (sql.includes('count(*)')) return [['0']];
      throw new Error(`nobody scripted an answer to: ${sql}`);
    },
    // biome-ignore lint/correctness/useYield: there is nothing to stream
    async *stream(sql) {
      throw new Error(`nobody scripted rows of: ${sql}`);
    },
    columns: async ({ name }) => script.tables?.[name] ?? null,
    tagged: () => engine,
    transaction: (work) => work(engine),
    pinned: () => Promise.reject(new Error('nothing is pinned here')),
    close: async () => {},
  };
  return { engine, executed, asked };
}

function details(sql: string): TextRow[] {
  const isView = sql.endsWith('_versions`');
  return [
    ['Type', 'a column of that name', null],
    ['# Detailed Table Information', '', ''],
    ['Type', isView ? 'VIEW' : 'MANAGED', ''],
    ...(isView ? [] : [['Provider', 'delta', ''] as const]),
  ];
}

/** A ledger in which nothing ever happened. */
export const EMPTY_LEDGER: SetupDeps['ledger'] = {
  head: async () => null,
  claim: async (table) => ({
    table,
    owner: 'me',
    fence: 1n,
    historyId: 'h',
    batchId: 0n,
    settings: null,
    view: null,
    settled: null,
    newestCommit: null,
    timedOut: null,
  }),
  release: async () => {},
  keepView: async () => {},
};

/** A configuration for Databricks with tables in flow style, one a line. */
export function unityConfig(tables: string, engine: readonly string[] = []): Config {
  const yaml = [
    'name: shop',
    'company: acme',
    'catalog: main',
    'schema: crm',
    'engine:',
    '  kind: databricks',
    '  host: example.cloud.databricks.com',
    '  httpPath: /sql/1.0/warehouses/abc123',
    '  auth: {token: "${env:TOKEN}"}',
    ...engine.map((line) => `  ${line}`),
    'storage: {kind: volume}',
    'tables:',
    tables.replace(/^/gm, '  - '),
  ].join('\n');
  return parseConfig(yaml, { baseDir: '/tmp' }).config;
}
