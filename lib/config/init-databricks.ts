import { DATABRICKS_AUTH_DEFAULT, DATABRICKS_DEFAULTS, MAINTENANCE_DEFAULTS } from './defaults.ts';

/** The lines of engine and storage in the starter configuration of a Databricks warehouse. */
export function initDatabricksPlaces(catalog: string, schema: string): string {
  const { port, server, statementSeconds } = DATABRICKS_DEFAULTS;
  const { clientId, clientSecret } = DATABRICKS_AUTH_DEFAULT;
  const { optimize, vacuum, retentionHours } = MAINTENANCE_DEFAULTS;
  return `# The SQL warehouse that holds the history: its connection details, as environment variables or as they are.
engine:
  kind: databricks
  host: \${env:DATABRICKS_HOST}
  httpPath: \${env:DATABRICKS_HTTP_PATH}
  #port: ${port}
  # A service principal and its OAuth secret. A personal access token instead: {token: "\${env:DATABRICKS_TOKEN}"}.
  #auth:
  #  clientId: ${clientId}
  #  clientSecret: ${clientSecret}
  # databricks, or open-spark: a Spark server with Delta and no Unity Catalog, for trials.
  #server: ${server}
  # Authorities to trust besides the system's, a PEM file: "caFile: ./ca.pem".
  # Where the warehouse sees the folders of the tables.
  #volumes: /Volumes/${catalog}/${schema}
  # How long one statement may run.
  #statementSeconds: ${statementSeconds}
  # Users, groups and service principals that "tidemark setup" gives rights to.
  #grants:
  #  read: []
  #  write: []
  # What "tidemark maintain" does. Versions older than retentionHours cannot be read any more.
  #maintenance:
  #  optimize: ${optimize}
  #  vacuum: ${vacuum}
  #  retentionHours: ${retentionHours}

# Where change files wait: volumes of the workspace.
storage:
  kind: volume
`;
}

/** A name that Unity Catalog keeps as it is: lower case, and "_" for what it does not allow. */
export function catalogName(name: string): string {
  const kept = name
    .toLowerCase()
    .replace(/[./\s]+/g, '_')
    .slice(0, 255);
  return /[\p{L}\p{N}]/u.test(kept) ? kept : 'tidemark';
}
