import type { CloudConfig } from './cloud.ts';
import type { Config } from './config.ts';
import {
  ALARM_DEFAULTS,
  BUCKET_DEFAULTS,
  CLOUD_DEFAULTS,
  INGEST_DEFAULTS,
  NEW_NETWORK_DEFAULTS,
} from './defaults.ts';

/** Everything that a deployment needs, with every setting filled in. */
export function resolveCloud({ name, region }: Pick<Config, 'name' | 'region'>): CloudConfig {
  const own = { create: true, name: `${name}-${region}` };
  return {
    ...CLOUD_DEFAULTS,
    bucket: BUCKET_DEFAULTS,
    network: NEW_NETWORK_DEFAULTS,
    ingest: INGEST_DEFAULTS,
    alarms: ALARM_DEFAULTS,
    lakehouse: { setup: true, storageCredential: own, externalLocation: own },
    tags: {},
  };
}
