import type {
  Replication,
  ReplicationTask,
  TableStatistics as SdkTable,
} from '@aws-sdk/client-database-migration-service';
import type { ObservedReplication, TableStatistics } from '../dms/dms-port.ts';
import { statusMeaning } from '../dms/replication-status.ts';

/** What the numbers of a task and of a serverless replication have in common. */
interface Progress {
  readonly FullLoadStartDate?: Date | undefined;
  readonly FullLoadFinishDate?: Date | undefined;
  readonly TablesLoaded?: number | undefined;
  readonly TablesLoading?: number | undefined;
}

/** A task as DMS describes it. */
export function observedTask(task: ReplicationTask): ObservedReplication {
  const status = task.Status ?? 'unknown';
  const hasCopied = hasTraces(task.RecoveryCheckpoint, task.ReplicationTaskStats);
  return {
    kind: 'standard',
    arn: task.ReplicationTaskArn ?? '',
    status,
    migration: task.MigrationType ?? null,
    stopReason: stopReason(task.StopReason),
    failures: texts([task.LastFailureMessage]),
    everRan: hasCopied || ranBefore(status),
    hasCopied,
    instance: {
      instanceArn: task.ReplicationInstanceArn ?? '',
      endpointArns: texts([task.SourceEndpointArn, task.TargetEndpointArn]),
    },
  };
}

/** A serverless replication as DMS describes it. */
export function observedReplication(replication: Replication): ObservedReplication {
  const status = replication.Status ?? 'unknown';
  const hasCopied = hasTraces(replication.RecoveryCheckpoint, replication.ReplicationStats);
  return {
    kind: 'serverless',
    arn: replication.ReplicationConfigArn ?? '',
    status,
    migration: replication.ReplicationType ?? null,
    stopReason: stopReason(replication.StopReason),
    failures: texts(replication.FailureMessages ?? []),
    everRan: hasCopied || ranBefore(status),
    hasCopied,
    instance: null,
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
