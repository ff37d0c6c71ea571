import type { CloudConfig, ExportTrigger, ReplicationConfig } from './cloud.ts';
import type { ColumnType } from './column-type.ts';

/** How the history of a table is kept. See docs/semantics.md. */
export type HistoryMode = 'last-change' | 'every-change';

/** Names of the columns a change file carries besides the source's own. */
export interface ChangeColumns {
  /** Operation letter, `I`, `U` or `D`. @default Op */
  readonly op: string;
  /** Commit time, UTC, microseconds. @default tx_commit_time */
  readonly commitTime: string;
  /** Order of changes inside one commit. @default change_seq */
  readonly changeSeq: string;
  /** Prefix of before-image key columns. @default BI_ */
  readonly beforeImagePrefix: string;
}

/** Names of the columns the history adds to the source's own. */
export interface HistoryColumns {
  readonly current: string;
  readonly effectiveDate: string;
  readonly endDate: string;
  readonly effectiveSeq: string;
  readonly endSeq: string;
  readonly seenDate: string;
  readonly seenSeq: string;
  readonly batchId: string;
}

/** Bounds of one batch; a single file larger than `maxBytes` is a batch of its own. */
export interface BatchConfig {
  readonly maxFiles: number;
  readonly maxBytes: number;
}

/** Which columns open a new version when they change. */
export type TrackConfig =
  | { readonly kind: 'all' }
  | { readonly kind: 'only' | 'except'; readonly columns: readonly string[] };

/** One replicated table with every default filled in. */
export interface TableConfig {
  /** Name of the history table and stem of the three folders. */
  readonly name: string;
  /** Schema-qualified name at the source, for instance `dbo.customer`. */
  readonly source: string;
  readonly keys: readonly string[];
  readonly history: HistoryMode;
  readonly track: TrackConfig;
  readonly sequence: 'change-seq' | 'commit-time';
  readonly schemaEvolution: 'evolve' | 'frozen';
  readonly reload: 'snapshot' | 'changes';
  /** Contract: these columns exist with these types, whatever the files say. Order is kept. Empty: no contract. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly changeColumns: ChangeColumns;
  readonly historyColumns: HistoryColumns;
  readonly batch: BatchConfig;
  /** Name of the replication that copies it, or null where its files come from elsewhere. */
  readonly replication: string | null;
  /** Columns of the source that are not copied. */
  readonly excludeColumns: readonly string[];
  /** What the names of the source's columns become in the files. @default keep */
  readonly columnNames: 'keep' | 'lower';
  /** Files keep arriving and wait; nobody is rung. @default false */
  readonly paused: boolean;
}

/** A secret or setting that is looked up only when an adapter connects: `${env:NAME}` anywhere in the text. */
export interface Reference {
  readonly template: string;
}

/** How to reach a Postgres server. */
export type PostgresConnection =
  | { readonly kind: 'url'; readonly url: Reference; readonly caFile?: string; readonly verifyTls: boolean }
  | {
      readonly kind: 'parts';
      readonly host: Reference;
      readonly port: number;
      readonly database: Reference;
      readonly user: Reference;
      readonly password?: Reference;
      /** The customer managed key of the password's secret. */
      readonly secretKeyArn?: string;
      /** `verify` checks the server's certificate; `off` is for a socket or loopback only. */
      readonly tls: 'verify' | 'off';
      readonly caFile?: string;
      readonly verifyTls: boolean;
    }
  /** A real Postgres that Tidemark starts on this machine for as long as the command runs. */
  | { readonly kind: 'embedded'; readonly dir: string; readonly port?: number };

/** One export: a set of tables sent to one database. */
export interface ExportConfig {
  readonly name: string;
  readonly target: 'postgres';
  readonly connection: PostgresConnection;
  /** Names of configured tables; never empty. */
  readonly tables: readonly string[];
  /** Schema in the target that receives the tables. @default public */
  readonly targetSchema: string;
  readonly mode: 'full' | 'incremental';
  /** Remove target rows that are not in the snapshot. @default true */
  readonly removeMissing: boolean;
  /** Parallel COPY connections. @default 4 */
  readonly connections: number;
  /** What a NaN or ±Infinity becomes where the target type has no such value. @default null */
  readonly nonFinite: 'null' | 'error';
  readonly columnCase: 'keep' | 'lower';
  readonly trigger: ExportTrigger;
}

export interface DuckdbEngineConfig {
  readonly kind: 'duckdb';
  readonly path: string;
}

/** How to prove to Databricks who we are. */
export type DatabricksAuth =
  | {
      readonly kind: 'oauth';
      readonly clientId: Reference;
      readonly clientSecret: Reference;
      /** The customer managed key of the secrets. */
      readonly secretKeyArn?: string;
    }
  | { readonly kind: 'token'; readonly token: Reference; readonly secretKeyArn?: string };

/** A Databricks SQL warehouse, or a Spark server with Delta that speaks its protocol. */
export interface DatabricksEngineConfig {
  readonly kind: 'databricks';
  /** Host name of the workspace, without a scheme. */
  readonly host: Reference;
  /** @default 443 */
  readonly port: number;
  /** HTTP path of the warehouse, `/sql/1.0/warehouses/<id>`. */
  readonly httpPath: Reference;
  readonly auth: DatabricksAuth;
  /** What answers there: `open-spark` has no Unity Catalog, so no volumes, grants or `read_files`. @default databricks */
  readonly server: 'databricks' | 'open-spark';
  /** PEM file of the authorities to trust besides the system's. */
  readonly caFile?: string;
  /**
   * Folder in which the warehouse sees the folders of the tables.
   * @default /Volumes/<catalog>/<schema>, or with `open-spark` the root of the storage
   */
  readonly volumes: string;
  /** How long one statement may run where no time budget says less, in seconds. @default 900 */
  readonly statementSeconds: number;
  readonly grants: GrantsConfig;
  readonly maintenance: MaintenanceConfig;
}

/** Principals (users, groups, service principals by application id) that `tidemark setup` gives rights to. */
export interface GrantsConfig {
  /** May read histories and their views. */
  readonly read: readonly string[];
  /** May do what Tidemark does: ingest, and read the ledger. */
  readonly write: readonly string[];
}

/** What `tidemark maintain` does to the tables. */
export interface MaintenanceConfig {
  /** Lay rows out by key again, small files into large ones. @default true */
  readonly optimize: boolean;
  /** Remove files that no version younger than `retentionHours` needs. @default true */
  readonly vacuum: boolean;
  /** Hours that old versions stay readable; exports and time travel need them. @default 168 */
  readonly retentionHours: number;
}

export type EngineConfig = DuckdbEngineConfig | DatabricksEngineConfig;

/**
 * Change files in folders of this machine, in volumes of the Databricks workspace that the engine names, or in the
 * bucket, which the warehouse sees as external volumes.
 */
export type StorageConfig =
  | { readonly kind: 'local'; readonly root: string }
  | { readonly kind: 'volume' }
  /** `prefix` is the folder in the bucket below which all lies, without a slash at either end; empty for none. */
  | { readonly kind: 's3'; readonly prefix: string };

/** The whole configuration, checked, with defaults filled in and local paths absolute. */
export interface Config {
  readonly name: string;
  readonly company: string;
  readonly region: string;
  readonly catalog: string;
  readonly schema: string;
  readonly bucket: string;
  readonly engine: EngineConfig;
  readonly storage: StorageConfig;
  readonly tables: readonly TableConfig[];
  readonly exports: readonly ExportConfig[];
  /** Databases that DMS copies from; empty where files come from elsewhere. */
  readonly replications: readonly ReplicationConfig[];
  readonly cloud: CloudConfig;
}
