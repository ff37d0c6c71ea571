import type {
  Replication,
  ReplicationTask,
  TableStatistics as SdkTable,
} from '@aws-sdk/client-database-migration-service';
import type { ObservedReplication, TableStatistics } from '../dms/dms-port.ts';
import { statusMeaning } from '../dms/replication-status.ts';

/** What DMS says of both a task and a serverless replication by the same names. */
interface Described {
  readonly Status?: string | undefined;
  readonly StopReason?: string | undefined;
  readonly RecoveryCheckpoint?: string | undefined;
}

/** What the numbers of a task and of a serverless replication have in common. */
interface Progress {
  readonly FullLoadStartDate?: Date | undefined;
  readonly FullLoadFinishDate?: Date | undefined;
  readonly TablesLoaded?: number | undefined;
  readonly TablesLoading?: number | undefined;
}

/** A task as DMS describes it. */
export function observedTask(task: ReplicationTask): ObservedReplication {
  return {
    kind: 'standard',
    arn: task.ReplicationTaskArn ?? '',
    migration: task.MigrationType ?? null,
    failures: texts([task.LastFailureMessage]),
    instance: {
      instanceArn: task.ReplicationInstanceArn ?? '',
      endpointArns: texts([task.SourceEndpointArn, task.TargetEndpointArn]),
    },
    ...observedCourse(task, task.ReplicationTaskStats),
  };
}

/** A serverless replication as DMS describes it. */
export function observedReplication(replication: Replication): ObservedReplication {
  return {
    kind: 'serverless',
    arn: replication.ReplicationConfigArn ?? '',
    migration: replication.ReplicationType ?? null,
    failures: texts(replication.FailureMessages ?? []),
    instance: null,
    ...observedCourse(replication, replication.ReplicationStats),
  };
}

type Course = Pick<ObservedReplication, 'status' | 'stopReason' | 'everRan' | 'hasCopied'>;

function observedCourse(described: Described, progress: Progress | undefined): Course {
  const status = described.Status ?? 'unknown';
  const hasCopied = hasTraces(described.RecoveryCheckpoint, progress);
  return {
    status,
    stopReason: stopReason(described.StopReason),
    everRan: hasCopied || ranBefore(status),
    hasCopied,
  };
}

/** The numbers of a table. */
export function observedTable(table: SdkTable): TableStatistics {
  return {
    schema: table.SchemaName ?? '',
    table: table.TableName ?? '',
    state: table.TableState ?? '',
    loadedRows: table.FullLoadRows ?? null,
    loadStartedAt: table.FullLoadStartTime ?? null,
    loadEndedAt: table.FullLoadEndTime ?? null,
    reloaded: table.FullLoadReloaded ?? false,
  };
}

function hasTraces(checkpoint: string | undefined, progress: Progress = {}): boolean {
  const { FullLoadStartDate, FullLoadFinishDate, TablesLoaded = 0, TablesLoading = 0 } = progress;
  return Boolean(checkpoint || FullLoadStartDate || FullLoadFinishDate) || TablesLoaded + TablesLoading > 0;
}

/** One that failed may have failed before its first row; all others at rest were stopped, so they had begun. */
function ranBefore(status: string): boolean {
  return !['new', 'failed', 'changing', 'unknown'].includes(statusMeaning(status));
}

/** `Stop Reason NORMAL` as `NORMAL`. */
function stopReason(text: string | undefined): string | null {
  return text?.replace(/^Stop Reason\s+/i, '').trim() || null;
}

function texts(values: readonly (string | undefined)[]): string[] {
  return values.filter((value): value is string => value !== undefined && value !== '');
}
