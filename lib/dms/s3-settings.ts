import type { ReplicationConfig } from '../config/cloud.ts';
import { S3_SETTINGS, type S3SettingName } from './s3-setting-rules.ts';
import { type SettingKinds, settingValue } from './setting.ts';

/** Settings of an S3 endpoint by the names of the DMS API. */
export type S3TargetSettings = Readonly<Partial<Record<S3SettingName, string | number | boolean>>>;

/** What the settings follow from besides the replication. Texts may be tokens that CloudFormation fills in. */
export interface S3TargetInput {
  readonly bucketName: string;
  /** Folder in the bucket below which all lies; empty: none. */
  readonly prefix: string;
  /** Role that DMS takes on to write. */
  readonly roleArn: string;
  /** Account that owns the bucket. */
  readonly account: string;
  /** Key that encrypts the files; absent: S3's own. */
  readonly keyArn?: string;
  /** Name of the column with the commit time, one for all tables of the replication. */
  readonly commitTimeColumn: string;
}

/**
 * The settings of the endpoint that a replication writes to. What the replication says of its own goes over our
 * choices, never over what a history depends on: such is refused by `dmsProblems`, and has no effect here.
 */
export function s3TargetSettings(
  replication: Pick<ReplicationConfig, 'cutSeconds' | 'cutKb' | 'targetSettings'>,
  input: S3TargetInput,
): S3TargetSettings {
  return {
    EncodingType: 'rle-dictionary',
    CompressionType: 'none',
    EnableStatistics: true,
    DatePartitionEnabled: false,
    ...ofRightKind(replication.targetSettings),
    ...withoutOverride(replication, input),
  };
}

function withoutOverride(
  { cutSeconds, cutKb }: Pick<ReplicationConfig, 'cutSeconds' | 'cutKb'>,
  { bucketName, prefix, roleArn, account, keyArn, commitTimeColumn }: S3TargetInput,
): S3TargetSettings {
  return {
    ServiceAccessRoleArn: roleArn,
    BucketName: bucketName,
    ...(prefix === '' ? {} : { BucketFolder: prefix }),
    ExpectedBucketOwner: account,
    ...(keyArn === undefined
      ? { EncryptionMode: 'sse-s3' }
      : { EncryptionMode: 'sse-kms', ServerSideEncryptionKmsKeyId: keyArn }),
    CannedAclForObjects: 'none',
    DataFormat: 'parquet',
    TimestampColumnName: commitTimeColumn,
    UseTaskStartTimeForFullLoadTimestamp: true,
    IncludeOpForFullLoad: true,
    ParquetTimestampInMillisecond: false,
    PreserveTransactions: false,
    CdcInsertsOnly: false,
    CdcInsertsAndUpdates: false,
    CdcMaxBatchInterval: cutSeconds,
    CdcMinFileSize: cutKb,
    GlueCatalogGeneration: false,
  };
}

/** Overrides as CloudFormation wants them: `'true'` is true and `'100'` is 100. Others are left out. */
function ofRightKind(settings: ReplicationConfig['targetSettings']): S3TargetSettings {
  const kinds: SettingKinds = S3_SETTINGS;
  const known = Object.entries(settings).flatMap(([name, value]) => {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    const right = kind === undefined || name === 'CdcPath' ? undefined : settingValue(value, kind);
    return right === undefined ? [] : [[name, right] as const];
  });
  return Object.fromEntries(known);
}

/** The same settings by the names of the CDK's `CfnEndpoint.S3SettingsProperty`: the first letter in lower case. */
export function cdkS3Settings(
  settings: S3TargetSettings,
): Readonly<Record<string, string | number | boolean>> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
      value,
    ]),
  );
}
