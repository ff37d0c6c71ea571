import { describe, expect, it } from 'vitest';
import type { ReplicationConfig } from '../../../lib/config/cloud.ts';
import type { TableConfig } from '../../../lib/config/config.ts';
import { lintMappings } from '../../../lib/dms/lint-mappings.ts';
import { lintS3Settings } from '../../../lib/dms/lint-target.ts';
import { lintTaskSettings } from '../../../lib/dms/lint-task.ts';
import { dmsProblems } from '../../../lib/dms/lint.ts';
import { cloudConfig } from '../../helpers/cloud-config.ts';
import { dmsConfig } from './dms-config.ts';

const TABLE = { source: 'dbo.customer' };

function problemsOf(
  replication: Partial<ReplicationConfig>,
  tables: readonly (Partial<TableConfig> & { source: string })[] = [TABLE],
) {
  return dmsProblems(dmsConfig(tables, replication).config);
}

describe('dmsProblems', () => {
  it('finds nothing in what a person would write', () => {
    expect(dmsProblems(cloudConfig())).toEqual([]);
  });

  it('says setting, value, reason and what to do, where it is written', () => {
    expect(problemsOf({ targetSettings: { DataFormat: 'csv' } })).toEqual([
      {
        path: 'replications[0].targetSettings.DataFormat',
        message: '"csv" writes files that cannot be read here: types and nulls are lost in CSV',
        hint: 'Remove it: it is parquet.',
      },
    ]);
    expect(problemsOf({ taskSettings: { TargetMetadata: { BatchApplyEnabled: true } } })).toEqual([
      {
        path: 'replications[0].taskSettings.TargetMetadata.BatchApplyEnabled',
        message: 'true loses changes on an S3 target',
        hint: 'Remove it.',
      },
    ]);
  });

  it.each([
    ['DataFormat', 'csv'],
    ['IncludeOpForFullLoad', false],
    ['IncludeOpForFullLoad', 'n'],
    ['UseTaskStartTimeForFullLoadTimestamp', false],
    ['ParquetTimestampInMillisecond', true],
    ['ParquetTimestampInMillisecond', 'Y'],
    ['PreserveTransactions', true],
    ['CdcInsertsOnly', 'true'],
    ['CdcInsertsAndUpdates', true],
    ['CdcPath', 'changes'],
    ['TimestampColumnName', 'ts'],
    ['ExpectedBucketOwner', '210987654321'],
    ['EncryptionMode', 'sse-s3'],
    ['ServerSideEncryptionKmsKeyId', 'key'],
    ['CannedAclForObjects', 'PUBLIC_READ'],
    ['GlueCatalogGeneration', true],
    ['BucketName', 'other'],
    ['BucketFolder', 'other'],
    ['ServiceAccessRoleArn', 'arn'],
    ['CdcMaxBatchInterval', 5],
    ['CdcMinFileSize', 5],
    ['CompressionType', 'snappy'],
    ['RowGroupLength', 'many'],
  ] as const)('refuses %s = %s of an S3 endpoint', (name, value) => {
    const found = problemsOf({ targetSettings: { [name]: value } });

    expect(found.map(({ path }) => path)).toEqual([`replications[0].targetSettings.${name}`]);
  });

  it.each([
    ['TargetMetadata', 'BatchApplyEnabled', true],
    ['TargetMetadata', 'FullLobMode', true],
    ['TargetMetadata', 'LimitedSizeLobMode', false],
    ['TargetMetadata', 'SupportLobs', false],
    ['TargetMetadata', 'TargetSchema', 'other'],
    ['FullLoadSettings', 'TargetTablePrepMode', 'DROP_AND_CREATE'],
    ['FullLoadSettings', 'TargetTablePrepMode', 'TRUNCATE_BEFORE_LOAD'],
    ['FullLoadSettings', 'StopTaskCachedChangesApplied', true],
    ['FullLoadSettings', 'StopTaskCachedChangesNotApplied', true],
    ['FullLoadSettings', 'CreatePkAfterFullLoad', true],
    ['FullLoadSettings', 'MaxFullLoadSubTasks', 50],
    ['Logging', 'EnableLogging', false],
    ['Logging', 'DeleteTaskLogs', true],
    ['Logging', 'CloudWatchLogGroup', 'group'],
    ['Logging', 'CloudWatchLogStream', 'stream'],
    ['ChangeProcessingDdlHandlingPolicy', 'HandleSourceTableTruncated', true],
    ['ChangeProcessingDdlHandlingPolicy', 'HandleSourceTableDropped', true],
    ['ChangeProcessingDdlHandlingPolicy', 'HandleSourceTableAltered', false],
    ['LoopbackPreventionSettings', 'EnableLoopbackPrevention', true],
    ['BeforeImageSettings', 'EnableBeforeImage', true],
    ['ErrorBehavior', 'DataErrorPolicy', 'LOG_ERROR'],
    ['ErrorBehavior', 'DataErrorPolicy', 'IGNORE_RECORD'],
    ['ErrorBehavior', 'DataTruncationErrorPolicy', 'IGNORE_RECORD'],
    ['ErrorBehavior', 'ApplyErrorInsertPolicy', 'IGNORE_RECORD'],
    ['ErrorBehavior', 'ApplyErrorUpdatePolicy', 'LOG_ERROR'],
    ['ErrorBehavior', 'ApplyErrorDeletePolicy', 'IGNORE_RECORD'],
    ['ErrorBehavior', 'ApplyErrorEscalationPolicy', 'LOG_ERROR'],
    ['ErrorBehavior', 'FailOnTransactionConsistencyBreached', false],
    ['ErrorBehavior', 'TableErrorPolicy', 'LOG_ERROR'],
    ['ValidationSettings', 'ValidationOnly', true],
    ['ValidationSettings', 'EnableValidation', true],
  ] as const)('refuses %s.%s = %s of a task', (section, name, value) => {
    const found = problemsOf({ taskSettings: { [section]: { [name]: value } } });

    expect(found.map(({ path }) => path)).toEqual([`replications[0].taskSettings.${section}.${name}`]);
  });

  it('lets harmless settings pass', () => {
    const targetSettings = { CompressionType: 'gzip', RowGroupLength: 20_000, DatePartitionEnabled: true };
    const taskSettings = {
      FullLoadSettings: { CommitRate: 50_000 },
      ErrorBehavior: { TableErrorPolicy: 'STOP_TASK', RecoverableErrorInterval: 10 },
      BeforeImageSettings: null,
      Logging: { LogComponents: [{ Id: 'SORTER', Severity: 'LOGGER_SEVERITY_DEBUG' }] },
      FailTaskWhenCleanTaskResourceFailed: true,
    };

    expect(problemsOf({ targetSettings, taskSettings })).toEqual([]);
  });

  it('tells of a slip what was meant, and of a setting where it belongs', () => {
    const found = problemsOf({
      targetSettings: { CompresionType: 'gzip', Zzz: 1 },
      taskSettings: {
        FullLoadSetting: {},
        BatchApplyEnabled: false,
        ErrorBehavior: { DataErrorPolcy: 'SUSPEND_TABLE' },
        Logging: 'on',
      },
    });

    expect(found.map(({ path, message, hint }) => [path, message, hint.slice(0, 60)])).toEqual([
      [
        'replications[0].taskSettings.FullLoadSetting',
        'is not a section of task settings',
        'Did you mean "FullLoadSettings"?',
      ],
      [
        'replications[0].taskSettings.BatchApplyEnabled',
        'is a setting of the section TargetMetadata',
        'Write it below `TargetMetadata:`.',
      ],
      [
        'replications[0].taskSettings.ErrorBehavior.DataErrorPolcy',
        'is not a setting of DMS',
        'Did you mean "DataErrorPolicy"?',
      ],
      ['replications[0].taskSettings.Logging', 'must be a map of settings', 'Correct it, or remove it.'],
      [
        'replications[0].targetSettings.CompresionType',
        'is not a setting of DMS',
        'Did you mean "CompressionType"?',
      ],
      [
        'replications[0].targetSettings.Zzz',
        'is not a setting of DMS',
        'Known settings: AddColumnName, AddTrailingPaddingCharacter, ',
      ],
    ]);
  });

  it.each(['toString', 'constructor', '__proto__'])('knows %s for no setting', (name) => {
    const found = problemsOf({
      targetSettings: JSON.parse(`{"${name}": true}`),
      taskSettings: JSON.parse(`{"${name}": {}, "Logging": {"${name}": true}}`),
    });

    expect(found).toHaveLength(3);
  });

  it('finds what DMS cannot do with tables', () => {
    const changeColumns = {
      op: 'Op',
      commitTime: 'tx_commit_time',
      changeSeq: 's',
      beforeImagePrefix: 'BI_',
    };
    const found = problemsOf({}, [
      { source: 'dbo.100%', name: 'b' },
      { source: 'd[b]o.c', name: 'c' },
      { source: 'dbo.d', changeColumns: { ...changeColumns, op: 'operation', commitTime: 'ts' } },
      { source: 'dbo.e', excludeColumns: ['ok', 'שם', 'x%', 'i_'], keys: ['id'] },
    ]);

    expect(found.map(({ path, message }) => [path, message])).toEqual([
      ['tables[1].source', '"d[b]o.c" has %, [ or ] in it, by which DMS would take other tables, too'],
      ['tables[0].source', '"dbo.100%" has %, [ or ] in it, by which DMS would take other tables, too'],
      ['tables[2].changeColumns.op', '"operation" is not what DMS calls it'],
      ['tables[3].excludeColumns[1]', '"שם" has characters in its name by which DMS cannot leave it out'],
      ['tables[3].excludeColumns[2]', '"x%" has characters in its name by which DMS cannot leave it out'],
      [
        'tables[3].excludeColumns[3]',
        '"i_" would leave out "id", too: to DMS an underscore is any character',
      ],
      ['tables[2].changeColumns.commitTime', '"ts" is "tx_commit_time" in another table of the replication'],
    ]);
  });

  it('finds a replication without a table', () => {
    expect(problemsOf({ name: 'erp' }, [{ ...TABLE, replication: null }])).toEqual([
      {
        path: 'replications[0]',
        message: 'copies no table',
        hint: 'Name it in `replication` of a table, or remove it.',
      },
    ]);
  });

  it('finds mappings that are larger than DMS takes', () => {
    const { config, replication } = dmsConfig([TABLE]);

    expect(lintMappings(config, replication, ['replications', 0], 100)).toEqual([
      {
        path: ['replications', 0],
        message: expect.stringMatching(/^has table mappings of \d+ bytes, more than the 100 that DMS takes$/),
        hint: 'Share its tables out over several replications.',
      },
    ]);
  });
});

describe('the linter of whole settings', () => {
  it('misses none that a history depends on', () => {
    expect(lintS3Settings({}, []).map(({ path }) => path[0])).toEqual([
      'DataFormat',
      'IncludeOpForFullLoad',
      'UseTaskStartTimeForFullLoadTimestamp',
      'ParquetTimestampInMillisecond',
      'PreserveTransactions',
      'CdcInsertsOnly',
      'CdcInsertsAndUpdates',
      'TimestampColumnName',
      'ExpectedBucketOwner',
      'EncryptionMode',
    ]);
    expect(lintTaskSettings({}, []).map(({ path }) => path.join('.'))).toEqual([
      'TargetMetadata.SupportLobs',
      'TargetMetadata.FullLobMode',
      'TargetMetadata.LimitedSizeLobMode',
      'FullLoadSettings.TargetTablePrepMode',
      'Logging.EnableLogging',
      'ChangeProcessingDdlHandlingPolicy.HandleSourceTableTruncated',
      'ChangeProcessingDdlHandlingPolicy.HandleSourceTableDropped',
      'ChangeProcessingDdlHandlingPolicy.HandleSourceTableAltered',
    ]);
  });
});
