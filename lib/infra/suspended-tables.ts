import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { METRIC_NAMESPACE, suspendedTablesMetric } from '../metrics.ts';

/**
 * Counts the tables that DMS gives up in its log, `Table 'dbo'.'customer' was errored/suspended`: no event and no metric
 * of DMS tells, and the other tables go on. Part of the stack that the log group is in. Say `tellsSuspended` of the
 * replication then, so that an alarm reads it.
 */
export function countSuspendedTables(logGroup: ILogGroup, resourceIdentifier: string): MetricFilter {
  return new MetricFilter(logGroup, 'SuspendedTables', {
    logGroup,
    filterPattern: FilterPattern.literal('"errored/suspended"'),
    metricNamespace: METRIC_NAMESPACE,
    metricName: suspendedTablesMetric(resourceIdentifier),
    metricValue: '1',
  });
}
