import type {
  ChangeColumns,
  DatabricksEngineConfig,
  ExportConfig,
  HistoryColumns,
  MaintenanceConfig,
  TableConfig,
} from './config.ts';

/** What an absent setting means. The schema's descriptions, the starter configuration and the parser all read it. */
export const DEFAULTS = {
  region: 'us-east-1',
  schema: 'main',
  engine: { kind: 'duckdb', path: './tidemark.duckdb' },
  storage: { kind: 'local', root: './files' },
} as const;

/** Defaults of a Databricks engine. Where the volumes lie depends on other settings, see `resolveEngine`. */
export const DATABRICKS_DEFAULTS = {
  port: 443,
  server: 'databricks',
  statementSeconds: 900,
} as const satisfies Partial<DatabricksEngineConfig>;

/** Who we are to Databricks when nothing is said. */
export const DATABRICKS_AUTH_DEFAULT = {
  clientId: '${env:DATABRICKS_CLIENT_ID}',
  clientSecret: '${env:DATABRICKS_CLIENT_SECRET}',
} as const;

export const MAINTENANCE_DEFAULTS: MaintenanceConfig = {
  optimize: true,
  vacuum: true,
  retentionHours: 168,
};

/** Defaults of the table settings that are one word. */
export const TABLE_DEFAULTS = {
  history: 'last-change',
  sequence: 'change-seq',
  schemaEvolution: 'evolve',
  reload: 'snapshot',
} as const satisfies Partial<TableConfig>;

export const CHANGE_COLUMN_DEFAULTS: ChangeColumns = {
  op: 'Op',
  commitTime: 'tx_commit_time',
  changeSeq: 'change_seq',
  beforeImagePrefix: 'BI_',
};

export const HISTORY_COLUMN_DEFAULTS: HistoryColumns = {
  current: 'current',
  effectiveDate: 'effective_date',
  endDate: 'end_date',
  effectiveSeq: 'effective_seq',
  endSeq: 'end_seq',
  seenDate: 'seen_date',
  seenSeq: 'seen_seq',
  batchId: 'batch_id',
};

/** As written in YAML: `maxBytes` may be text. */
export const BATCH_DEFAULTS = { maxFiles: 1000, maxBytes: '1GiB' } as const;

export const EXPORT_DEFAULTS = {
  target: 'postgres',
  targetSchema: 'public',
  mode: 'full',
  removeMissing: true,
  connections: 4,
  nonFinite: 'null',
  columnCase: 'keep',
} as const satisfies Partial<ExportConfig>;
