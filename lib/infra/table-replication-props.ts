import type { Duration } from 'aws-cdk-lib';
import type { HistoryMode, TrackConfig } from '../config/config.ts';
import type { IChangeBucket } from './change-bucket.ts';
import type { DmsRoles } from './dms-roles.ts';
import type { LakehouseObject } from './lakehouse.ts';
import type { PipelineNetwork } from './network.ts';
import type { ReplicatedTableProps, ReplicationProps } from './replication-props.ts';

/** A table whose history is kept. */
export interface HistoryTableProps extends ReplicatedTableProps {
  /** Whether the last change of a batch is kept, or every one. @default last-change */
  readonly history?: HistoryMode;
  /** Columns whose change opens a version. @default all */
  readonly track?: TrackConfig;
  /** Whether files with other columns change the history, or are rejected. @default evolve */
  readonly schemaEvolution?: 'evolve' | 'frozen';
  /** Files keep arriving and wait; nobody is rung. @default false */
  readonly paused?: boolean;
}

/** The warehouse that holds histories and does the work. */
export interface DatabricksProps {
  /** Host name of the workspace, without a scheme. */
  readonly host: string;
  /** HTTP path of the SQL warehouse. */
  readonly httpPath: string;
  /** Application id of the service principal. */
  readonly clientId: string;
  /** ARN of the secret that holds the service principal's OAuth secret. */
  readonly clientSecretArn: string;
  /** ARN of the customer managed key that encrypts it. @default - Secrets Manager's own key */
  readonly clientSecretKeyArn?: string;
  /** Catalog that holds the histories. */
  readonly catalog: string;
  /** @default main */
  readonly schema?: string;
  /** Users, groups and service principals that may read histories. @default - nobody but their owner */
  readonly readers?: readonly string[];
}

/** A Postgres database that receives snapshots. */
export interface PostgresExportProps {
  readonly name: string;
  readonly host: string;
  /** @default 5432 */
  readonly port?: number;
  readonly database: string;
  readonly user: string;
  /** ARN of the secret that holds the password. */
  readonly passwordArn: string;
  /** ARN of the customer managed key that encrypts it. @default - Secrets Manager's own key */
  readonly passwordKeyArn?: string;
  /** Names of tables. @default - all */
  readonly tables?: readonly string[];
  /** @default public */
  readonly targetSchema?: string;
  /** Everything, or what changed since the last time. @default full */
  readonly mode?: 'full' | 'incremental';
  /** When it is sent, in EventBridge's words, UTC. @default - by no schedule */
  readonly schedule?: string;
  /** Sent after new batches, at most once in this time. @default - not */
  readonly afterIngest?: Duration;
  /** From inside the network, which then needs a way out to Databricks. @default false */
  readonly inNetwork?: boolean;
}

/** Tables of one database, kept with their history. */
export interface TableReplicationProps {
  /** Begins the names of alarms, metrics and of what DMS has; one of its own in an account and region. @default - id of the construct, in lower case */
  readonly name?: string;
  /** The database, what copies from it and how. */
  readonly replication: Omit<ReplicationProps, 'name'>;
  /** At least one. All go through one replication, which reads the database's log once for them. */
  readonly tables: readonly HistoryTableProps[];
  readonly databricks: DatabricksProps;
  /** Where DMS runs, and functions that have to. */
  readonly network: PipelineNetwork;
  /** Where change files wait and are kept. @default - a bucket is made, with a key, and outlives the stack */
  readonly bucket?: IChangeBucket;
  /** Folder of the bucket, without a slash at either end; one of its own where a bucket is shared. @default - the whole bucket */
  readonly keyPrefix?: string;
  /** Made before DMS looks for them. @default - they are there already */
  readonly dmsRoles?: DmsRoles;
  /** @default - made, named <name>-<region> */
  readonly storageCredential?: LakehouseObject;
  /** @default - made, named <name>-<region> */
  readonly externalLocation?: LakehouseObject;
  /** Databases that receive snapshots. @default - none */
  readonly exports?: readonly PostgresExportProps[];
  /** How long a table's bell collects arrivals. A minute keeps the warehouse awake. @default Duration.seconds(60) */
  readonly window?: Duration;
  /** Tables ingested at the same time, 2 or more. @default 10 */
  readonly concurrency?: number;
  /** Functions that ingest run in the network too. @default false */
  readonly inNetwork?: boolean;
  /** Get a mail for each alarm. @default - nobody */
  readonly alarmEmails?: readonly string[];
  /** Topic of your own for alarms. @default - one is made */
  readonly alarmTopicArn?: string;
}
