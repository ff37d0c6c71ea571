import type { BucketConfig, CloudConfig, LakehouseConfig, NetworkConfig } from './cloud.ts';
import type { Config } from './config.ts';
import {
  ALARM_DEFAULTS,
  BUCKET_DEFAULTS,
  CLOUD_DEFAULTS,
  EXISTING_NETWORK_DEFAULTS,
  INGEST_DEFAULTS,
  LAKEHOUSE_DEFAULTS,
  NEW_NETWORK_DEFAULTS,
} from './defaults.ts';
import type { CloudYaml } from './schema-cloud.ts';
import type { NetworkYaml } from './schema-network.ts';

type Names = Pick<Config, 'name' | 'region'>;

/** Everything that a deployment needs, with every setting filled in. It must have passed `checkCloud`. */
export function resolveCloud(written: CloudYaml, names: Names): CloudConfig {
  const { account, profile, bucket, network, ingest, alarms, lakehouse, ...settings } = written;
  const { topic, ...hearing } = alarms ?? {};
  return {
    ...CLOUD_DEFAULTS,
    tags: {},
    ...settings,
    ...(account === undefined ? {} : { account }),
    ...(profile === undefined ? {} : { profile }),
    bucket: resolveBucket(bucket ?? {}),
    network: resolveNetwork(network ?? {}),
    ingest: { ...INGEST_DEFAULTS, ...ingest, schedule: orNull(ingest?.schedule ?? INGEST_DEFAULTS.schedule) },
    alarms: { ...ALARM_DEFAULTS, ...hearing, ...(topic === undefined ? {} : { topicArn: topic }) },
    lakehouse: resolveLakehouse(lakehouse ?? {}, names),
  };
}

/** The words for nothing as nothing. */
export function orNull<T>(written: T | 'none' | 'never'): T | null {
  return written === 'none' || written === 'never' ? null : written;
}

function resolveBucket(written: NonNullable<CloudYaml['bucket']>): BucketConfig {
  const { key, ...settings } = written;
  const all = { ...BUCKET_DEFAULTS, ...settings };
  return {
    ...all,
    ...(key === undefined ? {} : { keyArn: key }),
    infrequentAccessDays: orNull(all.infrequentAccessDays),
    glacierDays: orNull(all.glacierDays),
    processedDays: orNull(all.processedDays),
  };
}

function resolveNetwork(written: NetworkYaml): NetworkConfig {
  const { kind, cidr, natGateways, ...existing } = written;
  if (kind !== 'existing') {
    return {
      kind: 'new',
      cidr: cidr ?? NEW_NETWORK_DEFAULTS.cidr,
      natGateways: natGateways ?? NEW_NETWORK_DEFAULTS.natGateways,
    };
  }
  return { ...EXISTING_NETWORK_DEFAULTS, vpcId: '', subnetIds: [], availabilityZones: [], ...existing, kind };
}

function resolveLakehouse(
  { setup, storageCredential, externalLocation, role }: NonNullable<CloudYaml['lakehouse']>,
  { name, region }: Names,
): LakehouseConfig {
  const own = { create: true, name: `${name}-${region}` };
  return {
    setup: setup ?? LAKEHOUSE_DEFAULTS.setup,
    storageCredential: { ...own, ...storageCredential },
    externalLocation: { ...own, ...externalLocation },
    ...(role === undefined ? {} : { roleArn: role }),
  };
}
