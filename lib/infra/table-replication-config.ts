import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config, TrackConfig } from '../config/config.ts';
import { parseConfig } from '../config/parse-config.ts';
import type { ExportYaml } from '../config/schema-export.ts';
import type { ConfigYaml } from '../config/schema.ts';
import type { TableYaml } from '../config/schema-table.ts';
import { ConfigError, TerminalError } from '../errors.ts';
import { deployFindings } from './deploy-problems.ts';
import { writtenReplication } from './replication-props.ts';
import type {
  HistoryTableProps,
  PostgresExportProps,
  TableReplicationProps,
} from './table-replication-props.ts';

/** The one replication of the construct. */
const REPLICATION = 'tables';

/**
 * Props as the configuration that functions are shipped with, checked like every other. Throws `ConfigError` with every
 * problem at once, and `TerminalError` REGION_UNKNOWN in a stack that does not say where it goes.
 */
export function tableReplicationConfig(scope: Construct, id: string, props: TableReplicationProps): Config {
  const { region, account } = Stack.of(scope);
  if (Token.isUnresolved(region)) {
    throw new TerminalError(
      'REGION_UNKNOWN',
      `${scope.node.path}/${id} must know its region. Give the stack an env: { region: 'eu-central-1' }.`,
    );
  }
  const written = write(props, props.name ?? slug(id), region);
  const known = Token.isUnresolved(account) ? {} : { account };
  const text = JSON.stringify({ ...written, cloud: { ...written.cloud, ...known } } satisfies ConfigYaml);
  const source = `${scope.node.path}/${id}`;
  try {
    return parseConfig(text, { baseDir: '/', source, also: deployFindings }).config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Props have no lines.
    const problems = error.problems.map(({ path, message, hint }) => ({ path, message, hint }));
    throw new ConfigError(problems, source);
  }
}

function write(props: TableReplicationProps, name: string, region: string): ConfigYaml {
  const { databricks, bucket, network, tables, exports = [], keyPrefix = '' } = props;
  return {
    name,
    region,
    catalog: databricks.catalog,
    ...(databricks.schema === undefined ? {} : { schema: databricks.schema }),
    ...(bucket ? { bucket: bucket.bucketName } : {}),
    engine: {
      kind: 'databricks',
      host: databricks.host,
      httpPath: databricks.httpPath,
      auth: {
        clientId: databricks.clientId,
        clientSecret: databricks.clientSecretArn,
        ...withKey(databricks.clientSecretKeyArn),
      },
      grants: { read: [...(databricks.readers ?? [])], write: [] },
    },
    storage: { kind: 's3', prefix: keyPrefix },
    replications: [writtenReplication({ ...props.replication, name: REPLICATION })],
    tables: tables.map(writeTable),
    ...(exports.length > 0 ? { exports: exports.map(writeExport) } : {}),
    cloud: {
      // The network is handed over as it is; what counts here is whether there is a way out of it.
      network: { kind: 'new', natGateways: network.wayOut === 'none' ? 0 : 1 },
      ...writeSettings(props),
    },
  };
}

function writeSettings(props: TableReplicationProps): NonNullable<ConfigYaml['cloud']> {
  const { window, concurrency, inNetwork, alarmEmails = [], alarmTopicArn } = props;
  return {
    bucket: { existing: props.bucket !== undefined },
    ingest: {
      ...(window ? { windowSeconds: window.toSeconds() } : {}),
      ...(concurrency === undefined ? {} : { concurrency }),
      inNetwork: inNetwork ?? false,
    },
    alarms: {
      emails: [...alarmEmails],
      ...(alarmTopicArn === undefined ? {} : { topic: alarmTopicArn }),
    },
    lakehouse: {
      ...(props.storageCredential ? { storageCredential: props.storageCredential } : {}),
      ...(props.externalLocation ? { externalLocation: props.externalLocation } : {}),
    },
  };
}

function writeTable({ keys, excludeColumns, track, changeColumns, ...table }: HistoryTableProps): TableYaml {
  return {
    ...table,
    ...changeColumns,
    keys: [...keys],
    ...(excludeColumns ? { excludeColumns: [...excludeColumns] } : {}),
    ...(track ? { track: writeTrack(track) } : {}),
  };
}

function writeTrack(track: TrackConfig): NonNullable<TableYaml['track']> {
  if (track.kind === 'all') return { except: [] };
  return track.kind === 'only' ? [...track.columns] : { except: [...track.columns] };
}

function writeExport(props: PostgresExportProps): ExportYaml {
  const { name, host, port, database, user, passwordArn, passwordKeyArn, ...others } = props;
  const { tables, afterIngest, ...settings } = others;
  return {
    name,
    connection: {
      host,
      ...(port === undefined ? {} : { port }),
      database,
      user,
      password: passwordArn,
      ...withKey(passwordKeyArn),
    },
    ...(tables ? { tables: [...tables] } : {}),
    ...(afterIngest ? { afterIngest: afterIngest.toSeconds() } : {}),
    ...settings,
  };
}

function withKey(secretKey: string | undefined): { secretKey?: string } {
  return secretKey === undefined ? {} : { secretKey };
}

/** An id as the name of a pipeline: `CustomerOrders` becomes `customer-orders`. */
function slug(id: string): string {
  return id
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}
