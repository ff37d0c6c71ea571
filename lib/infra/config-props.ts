import { Duration, type StackProps } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { BucketConfig } from '../config/cloud.ts';
import { type StackPart, stackName } from '../config/cloud-names.ts';
import type { Config, ExportConfig, Reference } from '../config/config.ts';
import { bareSecretArn, isSecretArn } from '../config/reference.ts';
import { engineReferences, exportReferences } from '../config/reference-lookup.ts';
import type { ChangeBucketLifecycle } from './change-bucket-lifecycle.ts';
import type { PipelineNetworkProps } from './network.ts';
import type { SecretReference } from './pipeline-function-grants.ts';

/** Name, place and tags of a stack. Tags are the stack's: CloudFormation puts them on everything in it. */
export function stackProps(config: Config, part: StackPart, description: string): StackProps {
  const { account, tags } = config.cloud;
  return {
    stackName: stackName(config, part),
    description,
    env: { region: config.region, ...(account === undefined ? {} : { account }) },
    ...(Object.keys(tags).length > 0 ? { tags: { ...tags } } : {}),
  };
}

/** Folder of the bucket below which everything lies; empty for none. */
export function keyPrefixOf({ storage }: Pick<Config, 'storage'>): string {
  return storage.kind === 's3' ? storage.prefix : '';
}

/** How long logs are kept: the schema lets through what CloudWatch has. */
export function logRetentionOf({ cloud }: Pick<Config, 'cloud'>): RetentionDays {
  return cloud.logDays as RetentionDays;
}

export function bucketLifecycle(bucket: BucketConfig): ChangeBucketLifecycle {
  const days = (number: number | null): Duration | null => (number === null ? null : Duration.days(number));
  return {
    oldVersions: Duration.days(bucket.oldVersionDays),
    infrequentAccess: days(bucket.infrequentAccessDays),
    glacier: days(bucket.glacierDays),
    processed: days(bucket.processedDays),
  };
}

export function networkProps({ cloud }: Pick<Config, 'cloud'>): PipelineNetworkProps {
  return cloud.network.kind === 'new'
    ? { ...cloud.network, logRetention: logRetentionOf({ cloud }) }
    : cloud.network;
}

/** Secrets that the warehouse is reached with. */
export function engineSecrets({ engine }: Pick<Config, 'engine'>): SecretReference[] {
  if (engine.kind !== 'databricks') return [];
  return secretsIn(engineReferences({ engine }), engine.auth.secretKeyArn);
}

/** Secrets that the targets of exports are reached with. */
export function exportSecrets(exports: readonly ExportConfig[]): SecretReference[] {
  const secrets = exports.flatMap(({ connection }) =>
    connection.kind === 'parts' ? secretsIn(exportReferences({ connection }), connection.secretKeyArn) : [],
  );
  return [...new Map(secrets.map((secret) => [JSON.stringify(secret), secret])).values()];
}

/** Each secret once, in the order of the configuration. */
function secretsIn(references: readonly Reference[], keyArn: string | undefined): SecretReference[] {
  const arns = references.map(({ template }) => template).filter(isSecretArn);
  const key = keyArn === undefined ? {} : { keyArn };
  return [...new Set(arns.map(bareSecretArn))].map((secretArn) => ({ secretArn, ...key }));
}
