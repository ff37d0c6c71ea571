/** Which database DMS reads. One file of `lib/sources` each. */
export type SourceEngine =
  | 'sqlserver'
  | 'postgres'
  | 'aurora-postgresql'
  | 'mysql'
  | 'mariadb'
  | 'aurora-mysql'
  | 'oracle';

/** A database server that tables are copied from. Whether a combination is possible is for `lib/sources` to say. */
export interface SourceConfig {
  readonly engine: SourceEngine;
  /** Who runs the server: on RDS and Aurora changes are turned on by procedures of their own. @default self-managed */
  readonly hosting: 'self-managed' | 'rds' | 'aurora';
  /** Edition of the server where it decides what is possible, for instance `standard`. Absent: not checked. */
  readonly edition?: string;
  /** Major version of the server where it decides what is possible, for instance `2019`. Absent: not checked. */
  readonly version?: string;
  /** Database, service name or SID to connect to. */
  readonly database: string;
  /** ARN of the Secrets Manager secret with `host`, `port`, `username` and `password`. Never a literal secret. */
  readonly secretArn: string;
  /** ARN of the customer managed key that encrypts the secret; absent: the account's own key of Secrets Manager. */
  readonly secretKeyArn?: string;
  /** @default the strictest mode that needs no certificate of the user's */
  readonly tls: 'none' | 'require' | 'verify-ca' | 'verify-full';
  /** ARN of a certificate imported into DMS, for `verify-ca` and `verify-full`. */
  readonly certificateArn?: string;
  /** How SQL Server tells of changes. @default ms-cdc on RDS, else ms-replication */
  readonly cdc?: 'ms-replication' | 'ms-cdc';
  /** Name of the logical replication slot to use instead of one that DMS makes. PostgreSQL only. */
  readonly slot?: string;
  /** Settings of the endpoint by the names of the DMS API, beyond what the engine's file sets; linted. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/** What runs the copying: sized by DMS between bounds, or one instance of a class. */
export type ReplicationCapacity =
  | {
      readonly kind: 'serverless';
      /** Capacity units of 2 GB of memory each: 1, 2, 4, 8, 16, 32, 64, 128, 192, 256 or 384. @default 1 */
      readonly minUnits: number;
      /** @default 16 */
      readonly maxUnits: number;
      /** @default false */
      readonly multiAz: boolean;
    }
  | {
      readonly kind: 'standard';
      /** @default dms.t3.medium */
      readonly instanceClass: string;
      /** GB of disk for logs and changes kept back. @default 100 */
      readonly storageGb: number;
      /** @default false */
      readonly multiAz: boolean;
      /** Version of the DMS engine; absent: the service's default at creation. */
      readonly engineVersion?: string;
    };

export type MigrationType = 'full-load' | 'full-load-and-cdc' | 'cdc';

/** Tables that are copied from one database by one task: it reads the database's log once for all of them. */
export interface ReplicationConfig {
  /** Lower-case letters, digits and dashes; part of the names of what DMS has. */
  readonly name: string;
  readonly source: SourceConfig;
  readonly capacity: ReplicationCapacity;
  /** @default full-load-and-cdc */
  readonly migration: MigrationType;
  /** Files of changes are cut after so many seconds, or at `cutKb`, whichever comes first. @default 60 */
  readonly cutSeconds: number;
  /** @default 32000 */
  readonly cutKb: number;
  /** Largest value of a LOB column in KB; more is cut off by DMS. @default 1024 */
  readonly maxLobKb: number;
  /** Tables loaded at the same time. @default 8 */
  readonly parallelTables: number;
  /** Settings of the task over ours, by the sections of the DMS API; linted. */
  readonly taskSettings: Readonly<Record<string, unknown>>;
  /** Settings of the S3 endpoint over ours, by the names of the DMS API; linted. */
  readonly targetSettings: Readonly<Record<string, string | number | boolean>>;
  /** Stopped by the next deploy and not started until this is taken away. @default false */
  readonly paused: boolean;
}

/** Where the machines and functions that need a network are. */
export type NetworkConfig =
  /** A small VPC of two zones, with endpoints for what DMS needs and no way out. */
  | { readonly kind: 'new'; readonly cidr: string; readonly natGateways: number }
  /** Nothing is looked up: everything is given. */
  | {
      readonly kind: 'existing';
      readonly vpcId: string;
      /** At least two, in different zones. */
      readonly subnetIds: readonly string[];
      readonly availabilityZones: readonly string[];
      /** Security groups of DMS and functions; empty: one is made in the VPC, with ways out only. */
      readonly securityGroupIds: readonly string[];
      /** How functions in this VPC reach Databricks and AWS. `nat` and `private-links` are taken at their word. */
      readonly wayOut: 'nat' | 'private-links' | 'none';
    };

/** The bucket of the change files. Numbers of days count from a file's last move. */
export interface BucketConfig {
  /** Exists already and is only referred to; else it is made. @default false */
  readonly existing: boolean;
  /** ARN of the key that encrypts it. Absent: one is made, or with `existing` the bucket's own settings are relied on. */
  readonly keyArn?: string;
  /** Days until replaced and deleted versions of files go. @default 30 */
  readonly oldVersionDays: number;
  /** Days until processed files move to S3 Infrequent Access. Null: never. @default 30 */
  readonly infrequentAccessDays: number | null;
  /** Days until processed files move to S3 Glacier Instant Retrieval. Null: never. @default 90 */
  readonly glacierDays: number | null;
  /** Days until processed files are deleted: a history can be rebuilt from them only as long as they are there. Null: never. @default null */
  readonly processedDays: number | null;
}

/** When and with what the functions of ingestion run. */
export interface IngestConfig {
  /** Seconds that the bell of a table collects arrivals before the warehouse is asked to work. @default 60 */
  readonly windowSeconds: number;
  /** Schedule that rings for every table, in EventBridge's words. Null: none. @default rate(15 minutes) */
  readonly schedule: string | null;
  /** Tables ingested at the same time, 2 or more. @default 10 */
  readonly concurrency: number;
  /** @default 1024 */
  readonly memoryMb: number;
  /** At most 900. @default 900 */
  readonly timeoutSeconds: number;
  /** Run in the network rather than outside of it. @default false */
  readonly inNetwork: boolean;
}

/** When a snapshot is sent to its target by itself. It can always be sent by hand. */
export interface ExportTrigger {
  /** In EventBridge's words. Null: none. */
  readonly schedule: string | null;
  /** After new batches, at most once in so many seconds. Null: not. */
  readonly afterIngestSeconds: number | null;
  /** Run in the network, where a target without a public address is. */
  readonly inNetwork: boolean;
}

/** What makes an alarm ring, and who hears it. */
export interface AlarmConfig {
  /** Get a mail for each alarm, once they confirmed the subscription. */
  readonly emails: readonly string[];
  /** Topic of your own in place of one that is made. */
  readonly topicArn?: string;
  /** Minutes that a file may wait. @default 30 */
  readonly waitingMinutes: number;
  /** Minutes that a history may lag behind its source. @default 60 */
  readonly lagMinutes: number;
  /** Hours that a batch may wait for an export to send it. @default 26 */
  readonly exportHours: number;
}

/** What the deploy does in Databricks; what it does not was made by hand. */
export interface LakehouseConfig {
  /** Schema, volumes, tables and grants, as `tidemark setup` makes them. @default true */
  readonly setup: boolean;
  /** Name of the storage credential. @default <name>-<region> */
  readonly storageCredential: { readonly create: boolean; readonly name: string };
  /** Name of the external location over the bucket. */
  readonly externalLocation: { readonly create: boolean; readonly name: string };
  /** IAM role that Databricks takes on. Absent: made when the credential is. */
  readonly roleArn?: string;
}

/** Everything that a deployment needs besides what runs on a laptop too. */
export interface CloudConfig {
  /** Twelve digits; absent: the account of whoever deploys. */
  readonly account?: string;
  /**
   * Profile of AWS's own tools that the command line asks AWS as, unless `--profile` or the environment says otherwise.
   * Functions never get it, and neither does the CDK.
   */
  readonly profile?: string;
  readonly bucket: BucketConfig;
  readonly network: NetworkConfig;
  /** Create `dms-vpc-role` and `dms-cloudwatch-logs-role`, which an account has once. @default false */
  readonly createDmsRoles: boolean;
  readonly ingest: IngestConfig;
  readonly alarms: AlarmConfig;
  readonly lakehouse: LakehouseConfig;
  /** Days that logs are kept. @default 90 */
  readonly logDays: number;
  /** Put on everything. */
  readonly tags: Readonly<Record<string, string>>;
}
