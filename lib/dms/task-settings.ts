import type { ReplicationConfig } from '../config/cloud.ts';
import { isMap } from './setting.ts';

/** Settings of a task by section, as DMS and CloudFormation take them. */
export type TaskSettings = Readonly<Record<string, unknown>>;

/** What writes lines of its own into the log. */
const LOG_COMPONENTS = [
  'FILE_FACTORY',
  'METADATA_MANAGER',
  'SORTER',
  'SOURCE_CAPTURE',
  'SOURCE_UNLOAD',
  'TABLES_MANAGER',
  'TARGET_APPLY',
  'TARGET_LOAD',
  'TASK_MANAGER',
  'TRANSFORMATION',
];

/**
 * All settings of the task of a replication: ours, with those of the replication over them, name by name. Lists are
 * replaced, but log components are matched by their id. Dangerous ones are refused by `dmsProblems`, not here.
 */
export function taskSettings(
  replication: Pick<ReplicationConfig, 'maxLobKb' | 'parallelTables' | 'taskSettings'>,
): TaskSettings {
  return merged(ownSettings(replication), replication.taskSettings);
}

/** The settings as compact JSON, for `ReplicationTaskSettings`. */
export function renderTaskSettings(settings: TaskSettings): string {
  return JSON.stringify(settings);
}

function ownSettings({
  maxLobKb,
  parallelTables,
}: Pick<ReplicationConfig, 'maxLobKb' | 'parallelTables'>): TaskSettings {
  return {
    TargetMetadata: {
      TargetSchema: '',
      SupportLobs: true,
      FullLobMode: false,
      LobChunkSize: 0,
      LimitedSizeLobMode: true,
      LobMaxSize: maxLobKb,
      InlineLobMaxSize: 0,
      LoadMaxFileSize: 0,
      ParallelLoadThreads: 0,
      ParallelLoadBufferSize: 0,
      BatchApplyEnabled: false,
      TaskRecoveryTableEnabled: false,
    },
    FullLoadSettings: {
      TargetTablePrepMode: 'DO_NOTHING',
      CreatePkAfterFullLoad: false,
      StopTaskCachedChangesApplied: false,
      StopTaskCachedChangesNotApplied: false,
      MaxFullLoadSubTasks: parallelTables,
      TransactionConsistencyTimeout: 600,
      CommitRate: 10_000,
    },
    Logging: {
      EnableLogging: true,
      LogComponents: LOG_COMPONENTS.map((Id) => ({ Id, Severity: 'LOGGER_SEVERITY_DEFAULT' })),
    },
    ...FIXED,
    ErrorBehavior: ERROR_BEHAVIOR,
    ValidationSettings: { EnableValidation: false },
  };
}

/** Sections that nothing of a configuration decides on. */
const FIXED = {
  ControlTablesSettings: {
    ControlSchema: '',
    HistoryTimeslotInMinutes: 5,
    HistoryTableEnabled: false,
    SuspendedTablesTableEnabled: false,
    StatusTableEnabled: false,
  },
  StreamBufferSettings: { StreamBufferCount: 3, StreamBufferSizeInMB: 8, CtrlStreamBufferSizeInMB: 5 },
  ChangeProcessingTuning: {
    MinTransactionSize: 1000,
    CommitTimeout: 1,
    MemoryLimitTotal: 1024,
    MemoryKeepTime: 60,
    StatementCacheSize: 50,
  },
  ChangeProcessingDdlHandlingPolicy: {
    HandleSourceTableDropped: false,
    HandleSourceTableTruncated: false,
    HandleSourceTableAltered: true,
  },
};

/** An error of a table stops that table and no other; what may pass is tried again without end; no row is passed over. */
const ERROR_BEHAVIOR = {
  DataErrorPolicy: 'SUSPEND_TABLE',
  DataTruncationErrorPolicy: 'LOG_ERROR',
  DataErrorEscalationPolicy: 'SUSPEND_TABLE',
  DataErrorEscalationCount: 0,
  EventErrorPolicy: 'IGNORE',
  TableErrorPolicy: 'SUSPEND_TABLE',
  TableErrorEscalationPolicy: 'STOP_TASK',
  TableErrorEscalationCount: 0,
  RecoverableErrorCount: -1,
  RecoverableErrorInterval: 5,
  RecoverableErrorThrottling: true,
  RecoverableErrorThrottlingMax: 1800,
  RecoverableErrorStopRetryAfterThrottlingMax: false,
  ApplyErrorDeletePolicy: 'SUSPEND_TABLE',
  ApplyErrorInsertPolicy: 'SUSPEND_TABLE',
  ApplyErrorUpdatePolicy: 'SUSPEND_TABLE',
  ApplyErrorEscalationPolicy: 'SUSPEND_TABLE',
  ApplyErrorEscalationCount: 0,
  ApplyErrorFailOnTruncationDdl: false,
  FailOnNoTablesCaptured: true,
  FailOnTransactionConsistencyBreached: true,
  FullLoadIgnoreConflicts: true,
};

function merged(own: TaskSettings, over: TaskSettings): TaskSettings {
  const result: Record<string, unknown> = { ...own };
  for (const [name, value] of Object.entries(over)) {
    const ours = Object.hasOwn(own, name) ? own[name] : undefined;
    if (isMap(ours) && isMap(value)) result[name] = merged(ours, value);
    else result[name] = name === 'LogComponents' ? mergedComponents(ours, value) : value;
  }
  return result;
}

/** Components that both name take the severity given over ours. */
function mergedComponents(ours: unknown, over: unknown): unknown {
  if (!Array.isArray(ours) || !Array.isArray(over)) return over;
  const idOf = (component: unknown): unknown => (isMap(component) ? component.Id : undefined);
  const given = new Set(over.map(idOf));
  return [...ours.filter((component) => !given.has(idOf(component))), ...over];
}
