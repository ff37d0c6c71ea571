import { mustBe, mustNotBe, mustNotBeSet, type SettingKinds, type SettingRule } from './setting.ts';

/**
 * Every setting of an S3 endpoint.
 * @see https://docs.aws.amazon.com/dms/latest/APIReference/API_S3Settings.html
 */
export const S3_SETTINGS = {
  AddColumnName: 'boolean',
  AddTrailingPaddingCharacter: 'boolean',
  BucketFolder: 'text',
  BucketName: 'text',
  CannedAclForObjects: [
    'none',
    'private',
    'public-read',
    'public-read-write',
    'authenticated-read',
    'aws-exec-read',
    'bucket-owner-read',
    'bucket-owner-full-control',
  ],
  CdcInsertsAndUpdates: 'boolean',
  CdcInsertsOnly: 'boolean',
  CdcMaxBatchInterval: 'number',
  CdcMinFileSize: 'number',
  CdcPath: 'text',
  CompressionType: ['none', 'gzip'],
  CsvDelimiter: 'text',
  CsvNoSupValue: 'text',
  CsvNullValue: 'text',
  CsvRowDelimiter: 'text',
  DataFormat: ['csv', 'parquet'],
  DataPageSize: 'number',
  DatePartitionDelimiter: ['SLASH', 'UNDERSCORE', 'DASH', 'NONE'],
  DatePartitionEnabled: 'boolean',
  DatePartitionSequence: ['YYYYMMDD', 'YYYYMMDDHH', 'YYYYMM', 'MMYYYYDD', 'DDMMYYYY'],
  DatePartitionTimezone: 'text',
  DictPageSizeLimit: 'number',
  EnableStatistics: 'boolean',
  EncodingType: ['plain', 'plain-dictionary', 'rle-dictionary'],
  EncryptionMode: ['sse-s3', 'sse-kms'],
  ExpectedBucketOwner: 'text',
  ExternalTableDefinition: 'text',
  GlueCatalogGeneration: 'boolean',
  IgnoreHeaderRows: 'number',
  IncludeOpForFullLoad: 'boolean',
  MaxFileSize: 'number',
  ParquetTimestampInMillisecond: 'boolean',
  ParquetVersion: ['parquet-1-0', 'parquet-2-0'],
  PreserveTransactions: 'boolean',
  Rfc4180: 'boolean',
  RowGroupLength: 'number',
  ServerSideEncryptionKmsKeyId: 'text',
  ServiceAccessRoleArn: 'text',
  TimestampColumnName: 'text',
  UseCsvNoSupValue: 'boolean',
  UseTaskStartTimeForFullLoadTimestamp: 'boolean',
} as const satisfies SettingKinds;

export type S3SettingName = keyof typeof S3_SETTINGS;

/** Settings that a history depends on, with what goes wrong otherwise. The settings we make satisfy them all. */
export const S3_RULES: readonly SettingRule[] = [
  mustBe('DataFormat', 'parquet', 'writes files that cannot be read here: types and nulls are lost in CSV'),
  mustBe(
    'IncludeOpForFullLoad',
    true,
    'leaves the operation out of loaded rows, and their files are rejected',
  ),
  mustBe(
    'UseTaskStartTimeForFullLoadTimestamp',
    true,
    'gives loaded rows the time they were copied at, which outranks changes committed before it',
  ),
  mustBe('ParquetTimestampInMillisecond', false, 'cuts timestamps to milliseconds'),
  mustBe('PreserveTransactions', false, 'makes DMS write CSV, whatever the format'),
  mustBe('CdcInsertsOnly', false, 'drops updates and deletes, so the history would be wrong'),
  mustBe('CdcInsertsAndUpdates', false, 'drops deletes, so deleted rows would live for ever'),
  mustNotBeSet('CdcPath', 'puts changes into another folder, as CSV in order of transactions', 'Remove it.'),
  {
    name: 'TimestampColumnName',
    refuses: (value) => value === undefined || value === '',
    why: 'leaves out the commit time, without which changes have no order',
    hint: 'Set `changeColumns.commitTime` of the tables.',
  },
  {
    name: 'ExpectedBucketOwner',
    refuses: (value) => value === undefined || value === '',
    why: "lets files go to a bucket of somebody else's that has taken the name",
    hint: 'Name the account that owns the bucket.',
  },
  {
    name: 'EncryptionMode',
    refuses: (value) => value === undefined,
    why: 'does not say how files are encrypted',
    hint: 'Use sse-kms with a key, or sse-s3.',
  },
  mustNotBe(
    'CannedAclForObjects',
    ['public-read', 'public-read-write', 'authenticated-read'],
    'lets strangers read the rows',
    'Remove it: the bucket decides who may read.',
  ),
  mustNotBe(
    'GlueCatalogGeneration',
    [true],
    'makes DMS keep a Glue catalog, for which the role of the endpoint has no rights, so the task fails',
    'Remove it.',
  ),
];

/** Settings that follow from other parts of the configuration, with where to change them. */
export const S3_OWNED: Readonly<Partial<Record<S3SettingName, string>>> = {
  BucketName: 'Set `bucket` instead.',
  BucketFolder: 'Set `prefix` of `storage` instead.',
  ServiceAccessRoleArn: 'Remove it: the role is made with just the rights it needs.',
  ExpectedBucketOwner: 'Set `account` of `cloud` instead.',
  EncryptionMode: 'Set `key` of `cloud.bucket` instead.',
  ServerSideEncryptionKmsKeyId: 'Set `key` of `cloud.bucket` instead.',
  TimestampColumnName: 'Set `changeColumns.commitTime` of the tables instead.',
  CdcMaxBatchInterval: 'Set `cutSeconds` of the replication instead.',
  CdcMinFileSize: 'Set `cutKb` of the replication instead.',
};
