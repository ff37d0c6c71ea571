import { schemaName } from '../../lib/catalog/schema-object.ts';
import { volumesOf } from '../../lib/catalog/volume-object.ts';
import type { Config } from '../../lib/config/config.ts';
import { createDatabricksDialect } from '../../lib/engines/databricks/dialect.ts';
import { TerminalError } from '../../lib/errors.ts';
import type { SqlSession } from '../../lib/ports.ts';
import { DEMO_MARK, type DemoPlace, type Env, UNHURRIED } from './demo-place.ts';
import { makeScratchSchema, renderDropSchema } from './scratch-schema.ts';
import { withEngine } from './with-engine.ts';

/** A Databricks workspace as the environment names it. */
export interface WorkspaceChoice {
  readonly catalog: string | undefined;
  readonly schema: string;
}

/**
 * A SQL warehouse of a Databricks workspace. What is made there stays until the demo runs again. Throws `TerminalError`
 * WORKSPACE_INCOMPLETE naming everything that the environment lacks.
 */
export function createWorkspacePlace({ catalog, schema }: WorkspaceChoice, env: Env): DemoPlace {
  const missing = missingSettings(env, catalog);
  if (missing.length > 0 || catalog === undefined) throw incomplete(missing);
  const scratch = { catalog, schema, mark: DEMO_MARK };
  const drop = renderDropSchema(createDatabricksDialect('databricks'), scratch);
  return {
    settings: settingsOf(catalog, schema, env),
    about: [
      `The histories go to schema ${catalog}.${schema} of ${env.DATABRICKS_HOST}.`,
      'They stay there until the demo runs again. To remove them:',
      `  ${drop}`,
    ],
    env,
    enter: [],
    endsWithDemo: false,
    pace: UNHURRIED,
    prepare: (config) =>
      withEngine(config, env, async (engine) => {
        await makeScratchSchema(engine, scratch);
        await makeManagedVolumes(engine, config);
      }),
    stop: async () => {},
  };
}

/** What has to be in the environment, or be said otherwise, and is not: in words for a person. */
export function missingSettings(env: Env, catalog: string | undefined): string[] {
  const login = env.DATABRICKS_TOKEN || (env.DATABRICKS_CLIENT_ID && env.DATABRICKS_CLIENT_SECRET);
  return [
    ...(env.DATABRICKS_HOST ? [] : ['DATABRICKS_HOST, the host name of the workspace']),
    ...(env.DATABRICKS_HTTP_PATH ? [] : ['DATABRICKS_HTTP_PATH, /sql/1.0/warehouses/<id>']),
    ...(login
      ? []
      : ['DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET of a service principal, or DATABRICKS_TOKEN']),
    ...(catalog ? [] : ['DATABRICKS_CATALOG, a catalog in which a schema may be made']),
  ];
}

/** Volumes without a bucket: the workspace keeps their files. */
async function makeManagedVolumes(session: SqlSession, config: Config): Promise<void> {
  const { dialect } = session;
  const schema = schemaName(dialect, config);
  for (const { name } of config.tables.flatMap((table) => volumesOf(config, table))) {
    await session.execute(`create volume if not exists ${schema}.${dialect.quoteIdentifier(name)}`);
  }
}

function settingsOf(catalog: string, schema: string, env: Env): string {
  const auth = env.DATABRICKS_TOKEN ? '\n  auth: {token: "${env:DATABRICKS_TOKEN}"}' : '';
  return `catalog: ${JSON.stringify(catalog)}
schema: ${JSON.stringify(schema)}

engine:
  kind: databricks
  host: \${env:DATABRICKS_HOST}
  httpPath: \${env:DATABRICKS_HTTP_PATH}${auth}
storage: {kind: volume}
`;
}

function incomplete(missing: readonly string[]): TerminalError {
  return new TerminalError(
    'WORKSPACE_INCOMPLETE',
    `DATABRICKS_HOST names a workspace, but this is missing:\n${missing.map((one) => `  ${one}\n`).join('')}` +
      'Set it, or unset DATABRICKS_HOST for a warehouse on this machine.',
  );
}
