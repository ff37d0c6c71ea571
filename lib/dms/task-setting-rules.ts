import {
  mustBe,
  mustNotBe,
  mustNotBeSet,
  type SettingKind,
  type SettingKinds,
  type SettingRule,
} from './setting.ts';

const RECORD_POLICY = ['LOG_ERROR', 'IGNORE_RECORD', 'SUSPEND_TABLE', 'STOP_TASK'] as const;
const TABLE_POLICY = ['SUSPEND_TABLE', 'STOP_TASK'] as const;

/**
 * Every section of a task's settings, and what is in it.
 * @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.html
 */
export const TASK_SETTINGS: Readonly<Record<string, SettingKinds>> = {
  TargetMetadata: {
    TargetSchema: 'text',
    SupportLobs: 'boolean',
    FullLobMode: 'boolean',
    LobChunkSize: 'number',
    LimitedSizeLobMode: 'boolean',
    LobMaxSize: 'number',
    InlineLobMaxSize: 'number',
    LoadMaxFileSize: 'number',
    ParallelLoadThreads: 'number',
    ParallelLoadBufferSize: 'number',
    ParallelLoadQueuesPerThread: 'number',
    ParallelApplyThreads: 'number',
    ParallelApplyBufferSize: 'number',
    ParallelApplyQueuesPerThread: 'number',
    BatchApplyEnabled: 'boolean',
    TaskRecoveryTableEnabled: 'boolean',
  },
  FullLoadSettings: {
    TargetTablePrepMode: ['DO_NOTHING', 'DROP_AND_CREATE', 'TRUNCATE_BEFORE_LOAD'],
    CreatePkAfterFullLoad: 'boolean',
    StopTaskCachedChangesApplied: 'boolean',
    StopTaskCachedChangesNotApplied: 'boolean',
    MaxFullLoadSubTasks: 'number',
    TransactionConsistencyTimeout: 'number',
    CommitRate: 'number',
  },
  Logging: {
    EnableLogging: 'boolean',
    EnableLogContext: 'boolean',
    DeleteTaskLogs: 'boolean',
    LogComponents: 'list',
    CloudWatchLogGroup: 'text',
    CloudWatchLogStream: 'text',
  },
  ControlTablesSettings: {
    ControlSchema: 'text',
    HistoryTimeslotInMinutes: 'number',
    HistoryTableEnabled: 'boolean',
    SuspendedTablesTableEnabled: 'boolean',
    StatusTableEnabled: 'boolean',
    FullLoadExceptionTableEnabled: 'boolean',
  },
  StreamBufferSettings: {
    StreamBufferCount: 'number',
    StreamBufferSizeInMB: 'number',
    CtrlStreamBufferSizeInMB: 'number',
  },
  ChangeProcessingTuning: {
    BatchApplyPreserveTransaction: 'boolean',
    BatchApplyTimeoutMin: 'number',
    BatchApplyTimeoutMax: 'number',
    BatchApplyMemoryLimit: 'number',
    BatchSplitSize: 'number',
    MinTransactionSize: 'number',
    CommitTimeout: 'number',
    MemoryLimitTotal: 'number',
    MemoryKeepTime: 'number',
    StatementCacheSize: 'number',
    RecoveryTimeout: 'number',
  },
  ChangeProcessingDdlHandlingPolicy: {
    HandleSourceTableDropped: 'boolean',
    HandleSourceTableTruncated: 'boolean',
    HandleSourceTableAltered: 'boolean',
  },
  LoopbackPreventionSettings: {
    EnableLoopbackPrevention: 'boolean',
    SourceSchema: 'text',
    TargetSchema: 'text',
  },
  CharacterSetSettings: { CharacterReplacements: 'list', CharacterSetSupport: 'map' },
  BeforeImageSettings: { EnableBeforeImage: 'boolean', FieldName: 'text', ColumnFilter: 'text' },
  ErrorBehavior: {
    DataErrorPolicy: RECORD_POLICY,
    DataMaskingErrorPolicy: RECORD_POLICY,
    DataTruncationErrorPolicy: RECORD_POLICY,
    DataErrorEscalationPolicy: TABLE_POLICY,
    DataErrorEscalationCount: 'number',
    EventErrorPolicy: ['IGNORE', 'STOP_TASK'],
    TableErrorPolicy: TABLE_POLICY,
    TableErrorEscalationPolicy: ['STOP_TASK'],
    TableErrorEscalationCount: 'number',
    RecoverableErrorCount: 'number',
    RecoverableErrorInterval: 'number',
    RecoverableErrorThrottling: 'boolean',
    RecoverableErrorThrottlingMax: 'number',
    RecoverableErrorStopRetryAfterThrottlingMax: 'boolean',
    ApplyErrorDeletePolicy: RECORD_POLICY,
    ApplyErrorInsertPolicy: [...RECORD_POLICY, 'INSERT_RECORD'],
    ApplyErrorUpdatePolicy: [...RECORD_POLICY, 'UPDATE_RECORD'],
    ApplyErrorEscalationPolicy: ['LOG_ERROR', ...TABLE_POLICY],
    ApplyErrorEscalationCount: 'number',
    ApplyErrorFailOnTruncationDdl: 'boolean',
    FailOnNoTablesCaptured: 'boolean',
    FailOnTransactionConsistencyBreached: 'boolean',
    FullLoadIgnoreConflicts: 'boolean',
  },
  ValidationSettings: {
    EnableValidation: 'boolean',
    ValidationMode: 'text',
    ValidationOnly: 'boolean',
    ThreadCount: 'number',
    PartitionSize: 'number',
    FailureMaxCount: 'number',
    RecordFailureDelayInMinutes: 'number',
    RecordFailureDelayLimitInMinutes: 'number',
    RecordSuspendDelayInMinutes: 'number',
    MaxKeyColumnSize: 'number',
    TableFailureMaxCount: 'number',
    HandleCollationDiff: 'boolean',
    SkipLobColumns: 'boolean',
    ValidationPartialLobSize: 'number',
    ValidationQueryCdcDelaySeconds: 'number',
    ValidationS3Mode: 'text',
    ValidationS3Time: 'text',
    ValidationS3Mask: 'number',
  },
  TTSettings: { EnableTT: 'boolean', TTS3Settings: 'map', TTRecordSettings: 'map' },
};

/** Settings of the task that lie in no section. */
export const TASK_SETTINGS_OUTSIDE: Readonly<Record<string, SettingKind>> = {
  FailTaskWhenCleanTaskResourceFailed: 'boolean',
};

const LOSES_ROWS = ['LOG_ERROR', 'IGNORE_RECORD'];
const SKIPS_ROW = 'goes on without the row, and nobody hears of it but the log';
const SUSPEND = 'Use SUSPEND_TABLE: the table stops, the others go on, and the alarm rings.';

/** Settings that a history depends on, by section. The settings we make satisfy them all. */
export const TASK_RULES: Readonly<Record<string, readonly SettingRule[]>> = {
  TargetMetadata: [
    mustNotBe('BatchApplyEnabled', [true], 'loses changes on an S3 target', 'Remove it.'),
    mustBe(
      'SupportLobs',
      true,
      'leaves out every LOB column',
      'Name columns to leave out in `excludeColumns`.',
    ),
    mustBe(
      'FullLobMode',
      false,
      'is not possible on an S3 target',
      'Set `maxLobKb` as large as the largest value.',
    ),
    mustBe('LimitedSizeLobMode', true, 'is the only way to copy LOBs to S3', 'Remove it.'),
    mustNotBeSet('TargetSchema', 'moves every file to a folder that nobody reads', 'Remove it.'),
  ],
  FullLoadSettings: [
    mustBe(
      'TargetTablePrepMode',
      'DO_NOTHING',
      'deletes files that were not read yet when a table is loaded again',
    ),
    mustNotBe(
      'StopTaskCachedChangesApplied',
      [true],
      'stops the task after the load, and every deploy would start it again',
      'Use `migration: full-load` for a copy without changes.',
    ),
    mustNotBe(
      'StopTaskCachedChangesNotApplied',
      [true],
      'stops the task after the load, and every deploy would start it again',
      'Use `migration: full-load` for a copy without changes.',
    ),
    mustNotBe(
      'CreatePkAfterFullLoad',
      [true],
      'makes a load that was interrupted impossible to resume',
      'Remove it.',
    ),
    {
      name: 'MaxFullLoadSubTasks',
      refuses: (value) => typeof value === 'number' && (value < 1 || value > 49),
      why: 'is more than DMS loads at a time',
      hint: 'Use `parallelTables`, 1 to 49.',
    },
  ],
  Logging: [
    mustBe('EnableLogging', true, 'leaves nothing to find the cause of a failure in'),
    mustNotBe('DeleteTaskLogs', [true], 'deletes what the cause of a failure is found in', 'Remove it.'),
    mustNotBeSet('CloudWatchLogGroup', 'is read-only: DMS refuses the task', 'Remove it.'),
    mustNotBeSet('CloudWatchLogStream', 'is read-only: DMS refuses the task', 'Remove it.'),
  ],
  ChangeProcessingDdlHandlingPolicy: [
    mustBe(
      'HandleSourceTableTruncated',
      false,
      "deletes the table's files in S3, read or not, when the source truncates it",
    ),
    mustBe(
      'HandleSourceTableDropped',
      false,
      "deletes the table's files in S3, read or not, when the source drops it",
    ),
    mustBe(
      'HandleSourceTableAltered',
      true,
      'leaves new columns of the source out of the files',
      'Remove it.',
    ),
  ],
  LoopbackPreventionSettings: [
    mustNotBe(
      'EnableLoopbackPrevention',
      [true],
      'drops changes that it takes for its own',
      'Remove the section.',
    ),
  ],
  BeforeImageSettings: [
    mustNotBe(
      'EnableBeforeImage',
      [true],
      'is not possible on an S3 target',
      'Remove the section: old keys come by a rule of the mappings.',
    ),
  ],
  ErrorBehavior: [
    mustNotBe('DataErrorPolicy', LOSES_ROWS, SKIPS_ROW, SUSPEND),
    mustNotBe('DataTruncationErrorPolicy', ['IGNORE_RECORD'], SKIPS_ROW, 'Use LOG_ERROR or SUSPEND_TABLE.'),
    mustNotBe('ApplyErrorInsertPolicy', LOSES_ROWS, SKIPS_ROW, SUSPEND),
    mustNotBe('ApplyErrorUpdatePolicy', LOSES_ROWS, SKIPS_ROW, SUSPEND),
    mustNotBe('ApplyErrorDeletePolicy', LOSES_ROWS, SKIPS_ROW, SUSPEND),
    mustNotBe('ApplyErrorEscalationPolicy', LOSES_ROWS, SKIPS_ROW, SUSPEND),
    mustNotBe(
      'FailOnTransactionConsistencyBreached',
      [false],
      'begins without a transaction that was open for long, and loses its changes',
      'Remove it.',
    ),
  ],
  ValidationSettings: [
    mustNotBe('ValidationOnly', [true], 'copies nothing and only compares', 'Remove it.'),
    mustNotBe(
      'EnableValidation',
      [true],
      'compares through Athena, for which the role of the endpoint has no rights, so the task fails',
      'Remove it: `tidemark verify` checks the history.',
    ),
  ],
};
