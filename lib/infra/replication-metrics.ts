import { Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { MigrationType } from '../config/cloud.ts';
import { METRIC_NAMESPACE, suspendedTablesMetric } from '../metrics.ts';

/**
 * What monitoring has to know of a replication: text that is known beforehand, so that whoever watches a replication
 * does not hold on to the stack that it is in. A `ReplicationGroup` has all of it.
 */
export interface MonitoredReplication {
  readonly name: string;
  /** Last part of the ARN of the task, or of the serverless configuration. */
  readonly resourceIdentifier: string;
  /** The machine of a standard replication. @default - it is serverless */
  readonly instance?: { readonly identifier: string; readonly storageGb: number };
  /** A load without changes after it has no latency. */
  readonly migration: MigrationType;
  /** It is stopped on purpose, and nobody expects to hear of it. @default false */
  readonly paused?: boolean;
  /** Tables that DMS gives up are counted in its log, see `countSuspendedTables`. @default false */
  readonly tellsSuspended?: boolean;
}

/** True when DMS should report all the time how late it is. */
export function reportsLatency({ migration, paused }: MonitoredReplication): boolean {
  return migration !== 'full-load' && paused !== true;
}

/** Metrics of DMS that have names of their own for a whole task, or a serverless replication. */
export type ReplicationMetricName =
  | 'CDCLatencySource'
  | 'CDCLatencyTarget'
  | 'CDCIncomingChanges'
  | 'CDCThroughputRowsTarget'
  | 'FullLoadThroughputRowsTarget';

/** A metric of DMS about the copying itself, under the dimensions that its kind of replication has. */
export function replicationMetric(
  scope: Construct,
  replication: MonitoredReplication,
  metricName: ReplicationMetricName | 'CapacityUtilization',
  statistic = 'Maximum',
): Metric {
  return dmsMetric(metricName, taskDimensions(scope, replication), statistic);
}

/** Tables that DMS gave up, as counted in its log. */
export function suspendedMetric({ resourceIdentifier }: MonitoredReplication): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: suspendedTablesMetric(resourceIdentifier),
    statistic: 'Sum',
    period: Duration.minutes(5),
  });
}

/** A metric of DMS about the machine of a standard replication. */
export function instanceMetric(
  { instance }: MonitoredReplication,
  metricName: 'FreeStorageSpace' | 'FreeableMemory' | 'CPUUtilization',
  statistic: string,
): Metric {
  return dmsMetric(metricName, { ReplicationInstanceIdentifier: instance?.identifier ?? '' }, statistic);
}

/**
 * A task is known to CloudWatch by its instance's name and by the last part of its own ARN, not by its name. Serverless
 * has one dimension, the account and the last part of the ARN; this is not in DMS' documentation but in what it
 * publishes.
 *
 * @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Monitoring.html
 */
function taskDimensions(
  scope: Construct,
  { resourceIdentifier, instance }: MonitoredReplication,
): Record<string, string> {
  if (!instance) return { ReplicationConfigId: `${Stack.of(scope).account}:${resourceIdentifier}` };
  return {
    ReplicationInstanceIdentifier: instance.identifier,
    ReplicationTaskIdentifier: resourceIdentifier,
  };
}

function dmsMetric(metricName: string, dimensionsMap: Record<string, string>, statistic: string): Metric {
  return new Metric({
    namespace: 'AWS/DMS',
    metricName,
    dimensionsMap,
    statistic,
    period: Duration.minutes(5),
  });
}
