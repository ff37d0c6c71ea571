import type { S3Settings } from '@aws-sdk/client-database-migration-service';
import type { CfnEndpoint } from 'aws-cdk-lib/aws-dms';
import { describe, expect, it } from 'vitest';
import { lintS3Settings } from '../../../lib/dms/lint-target.ts';
import { lintTaskSettings } from '../../../lib/dms/lint-task.ts';
import type { S3SettingName } from '../../../lib/dms/s3-setting-rules.ts';
import { cdkS3Settings, s3TargetSettings } from '../../../lib/dms/s3-settings.ts';
import { renderTaskSettings, taskSettings } from '../../../lib/dms/task-settings.ts';

/** Fails to compile when the API or CloudFormation has settings that we do not know, or no longer has one of ours. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const knowsTheApi: Same<S3SettingName, keyof S3Settings> = true;
const knowsCloudFormation: Same<Uncapitalize<S3SettingName>, keyof CfnEndpoint.S3SettingsProperty> = true;

const input = {
  bucketName: 'acme-lake',
  prefix: 'landing',
  roleArn: 'arn:aws:iam::123456789012:role/dms',
  account: '123456789012',
  keyArn: 'arn:aws:kms:eu-central-1:123456789012:key/k',
  commitTimeColumn: 'tx_commit_time',
};

const plain = { cutSeconds: 60, cutKb: 32_000, targetSettings: {} };

describe('s3TargetSettings', () => {
  it('has every setting that a history depends on', () => {
    expect(s3TargetSettings(plain, input)).toEqual({
      ServiceAccessRoleArn: 'arn:aws:iam::123456789012:role/dms',
      BucketName: 'acme-lake',
      BucketFolder: 'landing',
      ExpectedBucketOwner: '123456789012',
      EncryptionMode: 'sse-kms',
      ServerSideEncryptionKmsKeyId: 'arn:aws:kms:eu-central-1:123456789012:key/k',
      CannedAclForObjects: 'none',
      DataFormat: 'parquet',
      EncodingType: 'rle-dictionary',
      CompressionType: 'none',
      EnableStatistics: true,
      DatePartitionEnabled: false,
      TimestampColumnName: 'tx_commit_time',
      UseTaskStartTimeForFullLoadTimestamp: true,
      IncludeOpForFullLoad: true,
      ParquetTimestampInMillisecond: false,
      PreserveTransactions: false,
      CdcInsertsOnly: false,
      CdcInsertsAndUpdates: false,
      CdcMaxBatchInterval: 60,
      CdcMinFileSize: 32_000,
      GlueCatalogGeneration: false,
    });
  });

  it('passes its own linter', () => {
    expect(lintS3Settings(s3TargetSettings(plain, input), [])).toEqual([]);
  });

  it("encrypts with S3's own key where there is no other, and writes to the top of the bucket without a prefix", () => {
    const { keyArn: _, ...without } = input;
    const settings = s3TargetSettings(plain, { ...without, prefix: '' });

    expect(settings).toMatchObject({ EncryptionMode: 'sse-s3' });
    expect(Object.keys(settings)).not.toContain('BucketFolder');
    expect(Object.keys(settings)).not.toContain('ServerSideEncryptionKmsKeyId');
  });

  it('takes what a replication says over ours, as the kind of value that CloudFormation wants', () => {
    const targetSettings = {
      compressionType: 'x',
      CompressionType: 'GZIP',
      RowGroupLength: '5000',
      DatePartitionEnabled: 'y',
    };

    expect(s3TargetSettings({ ...plain, targetSettings }, input)).toMatchObject({
      CompressionType: 'gzip',
      RowGroupLength: 5000,
      DatePartitionEnabled: true,
    });
  });

  it('never takes over what a history depends on, whatever a replication says', () => {
    const targetSettings = {
      DataFormat: 'csv',
      IncludeOpForFullLoad: false,
      UseTaskStartTimeForFullLoadTimestamp: false,
      ParquetTimestampInMillisecond: true,
      PreserveTransactions: true,
      CdcInsertsOnly: true,
      CdcInsertsAndUpdates: true,
      CdcPath: 'changes',
      TimestampColumnName: '',
      ExpectedBucketOwner: '',
      BucketName: 'other',
      CannedAclForObjects: 'public-read',
    };

    expect(s3TargetSettings({ ...plain, targetSettings }, input)).toEqual(s3TargetSettings(plain, input));
  });

  it('is spelled as the CDK spells it', () => {
    expect(knowsTheApi && knowsCloudFormation).toBe(true);
    expect(cdkS3Settings({ CdcInsertsOnly: false, Rfc4180: true, ServiceAccessRoleArn: 'r' })).toEqual({
      cdcInsertsOnly: false,
      rfc4180: true,
      serviceAccessRoleArn: 'r',
    });
  });
});

describe('taskSettings', () => {
  const task = { maxLobKb: 1024, parallelTables: 8, taskSettings: {} };

  it('row 13: stops a table and not the task, tries again without end, and deletes nothing in S3', () => {
    expect(taskSettings(task)).toMatchObject({
      TargetMetadata: {
        SupportLobs: true,
        FullLobMode: false,
        LimitedSizeLobMode: true,
        LobMaxSize: 1024,
        BatchApplyEnabled: false,
      },
      FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING', MaxFullLoadSubTasks: 8 },
      Logging: { EnableLogging: true },
      ChangeProcessingDdlHandlingPolicy: {
        HandleSourceTableDropped: false,
        HandleSourceTableTruncated: false,
        HandleSourceTableAltered: true,
      },
      ErrorBehavior: {
        DataErrorPolicy: 'SUSPEND_TABLE',
        TableErrorPolicy: 'SUSPEND_TABLE',
        ApplyErrorDeletePolicy: 'SUSPEND_TABLE',
        ApplyErrorInsertPolicy: 'SUSPEND_TABLE',
        ApplyErrorUpdatePolicy: 'SUSPEND_TABLE',
        RecoverableErrorCount: -1,
        FailOnNoTablesCaptured: true,
      },
      ValidationSettings: { EnableValidation: false },
    });
  });

  it('passes its own linter', () => {
    expect(lintTaskSettings(taskSettings(task), [])).toEqual([]);
  });

  it('names neither log group nor stream, which DMS refuses', () => {
    expect(renderTaskSettings(taskSettings(task))).not.toContain('CloudWatchLog');
  });

  it('takes what a replication says over ours, setting by setting', () => {
    const over = {
      FullLoadSettings: { CommitRate: 50_000 },
      TTSettings: { EnableTT: false },
      Logging: {
        LogComponents: [
          { Id: 'SORTER', Severity: 'LOGGER_SEVERITY_DEBUG' },
          { Id: 'IO', Severity: 'X' },
        ],
      },
    };

    const merged = taskSettings({ ...task, taskSettings: over });

    expect(merged.FullLoadSettings).toEqual({
      ...(taskSettings(task).FullLoadSettings as object),
      CommitRate: 50_000,
    });
    expect(merged.TTSettings).toEqual({ EnableTT: false });
    const { LogComponents } = merged.Logging as { LogComponents: { Id: string; Severity: string }[] };
    expect(LogComponents.filter(({ Id }) => Id === 'SORTER' || Id === 'IO' || Id === 'TARGET_LOAD')).toEqual([
      { Id: 'TARGET_LOAD', Severity: 'LOGGER_SEVERITY_DEFAULT' },
      { Id: 'SORTER', Severity: 'LOGGER_SEVERITY_DEBUG' },
      { Id: 'IO', Severity: 'X' },
    ]);
  });
});
