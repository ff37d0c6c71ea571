import { missingSettings } from '../../examples/demo/workspace-place.ts';
import type { DatabricksEngineConfig } from '../../lib/config/config.ts';
import { TerminalError } from '../../lib/errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where the tests run, as the environment says; what is secret in it stays a reference. */
export interface WorkspaceSettings {
  readonly catalog: string;
  /** Made for the run, and dropped after it with all that is in it. */
  readonly schema: string;
  readonly engine: DatabricksEngineConfig;
}

/** Name of the one volume that holds the folders of all tables: a suite has a hundred of them. */
export const VOLUME = 'files';

/**
 * Reads where to test, and under which schema. `TIDEMARK_TEST_VOLUMES` is set where the bench stands in for a
 * workspace: it names the folder that the bench shows as the volume. Throws `TerminalError` WORKSPACE_INCOMPLETE with
 * everything that is missing.
 */
export function readSettings(env: Env, schema: string): WorkspaceSettings {
  const catalog = env.DATABRICKS_CATALOG ?? '';
  const missing = missingSettings(env, catalog);
  if (missing.length > 0) throw incomplete(missing);
  const bench = env.TIDEMARK_TEST_VOLUMES;
  const token = { kind: 'token', token: { template: '${env:DATABRICKS_TOKEN}' } } as const;
  const oauth = {
    kind: 'oauth',
    clientId: { template: '${env:DATABRICKS_CLIENT_ID}' },
    clientSecret: { template: '${env:DATABRICKS_CLIENT_SECRET}' },
  } as const;
  return {
    catalog,
    schema,
    engine: {
      kind: 'databricks',
      host: { template: '${env:DATABRICKS_HOST}' },
      port: Number(env.DATABRICKS_PORT ?? 443),
      httpPath: { template: '${env:DATABRICKS_HTTP_PATH}' },
      auth: env.DATABRICKS_TOKEN ? token : oauth,
      server: bench === undefined ? 'databricks' : 'open-spark',
      ...(env.DATABRICKS_CA_FILE ? { caFile: env.DATABRICKS_CA_FILE } : {}),
      volumes: bench ?? `/Volumes/${catalog}/${schema}/${VOLUME}`,
      statementSeconds: 600,
      grants: { read: [], write: [] },
      maintenance: { optimize: true, vacuum: true, retentionHours: 168 },
    },
  };
}

function incomplete(missing: readonly string[]): TerminalError {
  return new TerminalError(
    'WORKSPACE_INCOMPLETE',
    `The tests against a workspace need these environment variables, which are not set:\n${missing.map((one) => `  ${one}\n`).join('')}` +
      'Set them, or add --bench for Spark with Delta on this machine: npm run test:databricks -- --bench',
  );
}
