import type {
  AlarmConfig,
  BucketConfig,
  CloudConfig,
  ExportTrigger,
  IngestConfig,
  LakehouseConfig,
  NetworkConfig,
  ReplicationCapacity,
  ReplicationConfig,
  SourceConfig,
  SourceEngine,
} from './cloud.ts';
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
  storage: { kind: 'local', root: './files', prefix: '' },
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
  columnNames: 'keep',
  paused: false,
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

export const REPLICATION_DEFAULTS = {
  migration: 'full-load-and-cdc',
  cutSeconds: 60,
  cutKb: 32_000,
  maxLobKb: 1024,
  parallelTables: 8,
  paused: false,
} as const satisfies Partial<ReplicationConfig>;

export const SERVERLESS_DEFAULTS = {
  kind: 'serverless',
  minUnits: 1,
  maxUnits: 16,
  multiAz: false,
} as const satisfies ReplicationCapacity;

export const STANDARD_DEFAULTS = {
  kind: 'standard',
  instanceClass: 'dms.t3.medium',
  storageGb: 100,
  multiAz: false,
} as const satisfies ReplicationCapacity;

/** Who runs the server of an engine unless told: of Aurora there is one answer. */
export function defaultHosting(engine: SourceEngine): SourceConfig['hosting'] {
  return engine.startsWith('aurora-') ? 'aurora' : 'self-managed';
}

/**
 * The strictest mode that DMS has for an engine without a certificate of the user's.
 *
 * @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Security.SSL.html
 */
export const TLS_DEFAULTS: Readonly<Record<SourceEngine, SourceConfig['tls']>> = {
  sqlserver: 'require',
  postgres: 'require',
  'aurora-postgresql': 'require',
  mysql: 'none',
  mariadb: 'none',
  'aurora-mysql': 'none',
  oracle: 'none',
};

/** An export that nobody starts but by hand. */
export const TRIGGER_DEFAULTS: ExportTrigger = {
  schedule: null,
  afterIngestSeconds: null,
  inNetwork: false,
};

export const BUCKET_DEFAULTS = {
  existing: false,
  oldVersionDays: 30,
  infrequentAccessDays: 30,
  glacierDays: 90,
  processedDays: null,
} as const satisfies BucketConfig;

export const NEW_NETWORK_DEFAULTS = {
  kind: 'new',
  cidr: '10.90.0.0/24',
  natGateways: 0,
} as const satisfies NetworkConfig;

export const EXISTING_NETWORK_DEFAULTS = {
  securityGroupIds: [],
  wayOut: 'none',
} as const satisfies Partial<NetworkConfig>;

export const INGEST_DEFAULTS = {
  windowSeconds: 60,
  schedule: 'rate(15 minutes)',
  concurrency: 10,
  memoryMb: 1024,
  timeoutSeconds: 900,
  inNetwork: false,
} as const satisfies IngestConfig;

export const ALARM_DEFAULTS = {
  emails: [],
  waitingMinutes: 30,
  lagMinutes: 60,
  exportHours: 26,
} as const satisfies AlarmConfig;

/** Its names depend on other settings, see `resolveCloud`. */
export const LAKEHOUSE_DEFAULTS = { setup: true } as const satisfies Partial<LakehouseConfig>;

export const CLOUD_DEFAULTS = {
  createDmsRoles: false,
  logDays: 90,
} as const satisfies Partial<CloudConfig>;
