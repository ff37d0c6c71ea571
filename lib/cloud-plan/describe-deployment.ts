import { stackName } from '../config/cloud-names.ts';
import type { ReplicationConfig } from '../config/cloud.ts';
import type { Config, ExportConfig } from '../config/config.ts';
import { findSource } from '../sources/sources.ts';
import { isExpected, type Parts } from './parts.ts';

/** One stack and what is in it, in words. */
export interface PlannedStack {
  readonly name: string;
  readonly holds: readonly string[];
}

/** What a deploy makes, stack by stack in the order of the deploy. */
export function describeDeployment(config: Config, parts: Parts): PlannedStack[] {
  return [
    ...(parts.newNetwork ? [{ name: stackName(config, 'network'), holds: describeNetwork(config) }] : []),
    ...(config.cloud.bucket.existing && !config.cloud.createDmsRoles
      ? []
      : [{ name: stackName(config, 'storage'), holds: describeStorage(config) }]),
    ...config.replications.map((replication) => ({
      name: stackName(config, replication),
      holds: describeReplication(config, replication),
    })),
    { name: stackName(config, 'pipeline'), holds: describePipeline(config, parts) },
  ];
}

function describeNetwork({ cloud: { network } }: Config): string[] {
  if (network.kind !== 'new') return [];
  const { cidr, natGateways } = network;
  return [
    `a VPC ${cidr} in two zones, with endpoints for S3, Secrets Manager, KMS and CloudWatch Logs`,
    natGateways === 0 ? 'no way out of it' : `${count(natGateways, 'NAT gateway')}`,
  ];
}

function describeStorage({ bucket: name, cloud: { bucket, createDmsRoles } }: Config): string[] {
  const roles = createDmsRoles ? ['the roles dms-vpc-role and dms-cloudwatch-logs-role of the account'] : [];
  if (bucket.existing) return roles;
  const { infrequentAccessDays, glacierDays, processedDays } = bucket;
  const moves = [
    ...(infrequentAccessDays === null
      ? []
      : [`to Infrequent Access after ${count(infrequentAccessDays, 'day')}`]),
    ...(glacierDays === null ? [] : [`to Glacier Instant Retrieval after ${count(glacierDays, 'day')}`]),
    processedDays === null ? 'kept for ever' : `deleted after ${count(processedDays, 'day')}`,
  ];
  return [
    `the bucket ${name}, encrypted by ${bucket.keyArn ?? 'a key that is made'}, and one for its access log; kept when the stack goes`,
    `processed files: ${moves.join(', ')}; replaced and deleted ones stay ${count(bucket.oldVersionDays, 'day')}`,
    ...roles,
  ];
}

function describeReplication(config: Config, replication: ReplicationConfig): string[] {
  const { source, migration, cutSeconds, cutKb, paused } = replication;
  const copied = config.tables.filter((table) => table.replication === replication.name);
  const engine = findSource(source.engine).title;
  return [
    `${describeCapacity(replication)}${paused ? ', stopped: it is paused' : ', started or resumed by the deploy'}`,
    `${engine} database ${source.database}, ${migration}, ${count(copied.length, 'table')}: ${shortList(copied.map(({ name }) => name))}`,
    `files of changes cut every ${count(cutSeconds, 'second')} or at ${cutKb} KB, into s3://${folder(config)}`,
  ];
}

function describeCapacity({ capacity }: ReplicationConfig): string {
  const zones = capacity.multiAz ? ' in two zones' : '';
  return capacity.kind === 'serverless'
    ? `DMS serverless, ${capacity.minUnits} to ${capacity.maxUnits} capacity units of 2 GB${zones}`
    : `DMS on a ${capacity.instanceClass} with ${capacity.storageGb} GB of disk${zones}`;
}

function folder({ bucket, storage }: Config): string {
  return storage.kind === 's3' && storage.prefix !== '' ? `${bucket}/${storage.prefix}` : bucket;
}

function describePipeline(config: Config, parts: Parts): string[] {
  const { cloud, catalog, schema, tables } = config;
  const { ingest, alarms } = cloud;
  const schedule = ingest.schedule === null ? '' : `, and every table by ${ingest.schedule}`;
  const hears = alarms.emails.length === 0 ? 'no mail' : `mail to ${alarms.emails.join(', ')}`;
  return [
    ...(cloud.bucket.existing ? [`works in the bucket ${config.bucket}: its settings are yours`] : []),
    `in Databricks: ${describeLakehouse(config)}`,
    `histories of ${count(tables.length, 'table')} in ${catalog}.${schema}: ${count(parts.functions.length, 'function')} and ${count(parts.queues.length, 'queue')}; a table is rung at most every ${count(ingest.windowSeconds, 'second')}${schedule}; ${ingest.concurrency} tables at a time`,
    ...config.exports.map(describeExport),
    ...(config.exports.length === 0
      ? []
      : ['a table that one call has no time to send goes in parts, by a state machine']),
    `${count(parts.alarms, 'alarm')}, ${alarms.topicArn === undefined ? 'a topic' : alarms.topicArn}, ${hears}, and a dashboard`,
  ];
}

function describeLakehouse({ cloud: { lakehouse } }: Config): string {
  const { storageCredential, externalLocation, setup } = lakehouse;
  const made = [
    ...(storageCredential.create ? [`the storage credential ${storageCredential.name}`] : []),
    ...(externalLocation.create ? [`the external location ${externalLocation.name}`] : []),
    ...(setup ? ['schema, volumes, ledger, histories and grants, where they are missing'] : []),
  ];
  return made.length === 0 ? 'nothing, it was made by hand' : made.join('; ');
}

function describeExport(one: ExportConfig): string {
  const { schedule, afterIngestSeconds, inNetwork } = one.trigger;
  const when = [
    ...(schedule === null ? [] : [schedule]),
    ...(afterIngestSeconds === null
      ? []
      : [`after new batches, at most every ${count(afterIngestSeconds, 'second')}`]),
    ...(isExpected(one) ? [] : ['only when asked']),
  ];
  const where = inNetwork ? ', from inside the network' : '';
  return `export ${one.name} of ${count(one.tables.length, 'table')} to ${one.target}${where}: ${when.join(', and ')}`;
}

/** Names that fit into a line; `tidemark.yaml` has them all. */
const NAMED = 8;

function shortList(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more` : names.join(', ');
}

function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`;
}
