import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  type Metric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS, type MetricDefinition } from '../metrics.ts';
import { highest, pipelineMetric } from './pipeline-metrics.ts';
import { instanceMetric, type MonitoredReplication, replicationMetric } from './replication-metrics.ts';
import { RUNBOOK } from './runbook-sections.ts';
import type { MonitoredFunction, MonitoredQueue } from './work-alarms.ts';

export interface PipelineDashboardProps {
  readonly pipeline: string;
  /** Name of the dashboard, which an account has once for all regions. */
  readonly dashboardName: string;
  readonly alarms: readonly Alarm[];
  readonly queues: readonly MonitoredQueue[];
  readonly functions: readonly MonitoredFunction[];
  readonly replications: readonly MonitoredReplication[];
  /** How often states are looked at: what graphs of them take as a step. */
  readonly sweepEvery: Duration;
  readonly hasExports: boolean;
  /** Path or URL of the runbook. @default docs/runbook.md */
  readonly runbook?: string;
}

const STEP = Duration.minutes(5);

/** Widths in the 24 columns that a dashboard has. */
const THIRD = 8;
const QUARTER = 6;

/**
 * One page about a pipeline, read from top to bottom as data flows: alarms, what waits, DMS, what was applied, exports,
 * queues and functions. Tables and exports are searched for, so its size does not depend on how many there are.
 */
export function createDashboard(scope: Construct, id: string, props: PipelineDashboardProps): Dashboard {
  const { pipeline, dashboardName, alarms, runbook = RUNBOOK } = props;
  const rows: IWidget[][] = [
    [new TextWidget({ markdown: heading(pipeline, runbook), width: 24, height: 2 })],
    [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 4 })],
    waitingRow(props),
    ...replicationRows(scope, props.replications),
    appliedRow(pipeline),
    ...(props.hasExports ? [exportRow(props)] : []),
    workRow(props),
  ];
  return new Dashboard(scope, id, { dashboardName, widgets: rows, defaultInterval: Duration.days(1) });
}

function heading(pipeline: string, runbook: string): string {
  return `# Tidemark: ${pipeline}\nAn alarm's description names its section of ${runbook}. Graphs of tables show the twenty highest.`;
}

function waitingRow({ pipeline, sweepEvery }: PipelineDashboardProps): IWidget[] {
  const { oldestWaitingFileAge, sourceLag } = METRICS;
  return [
    graph('Oldest waiting file, seconds', [
      pipelineMetric(oldestWaitingFileAge, { pipeline }, { period: sweepEvery }),
      highest(oldestWaitingFileAge, 'table', pipeline, sweepEvery),
    ]),
    graph('Lag of what was applied, seconds', [
      pipelineMetric(sourceLag, { pipeline }),
      highest(sourceLag, 'table', pipeline, STEP),
    ]),
    graph('Sweep: moves half done, bells missed, findings', [
      ...sums(pipeline, [METRICS.halfDoneMoves, METRICS.missedBells, METRICS.sweepFindings]),
    ]),
  ];
}

function replicationRows(scope: Construct, replications: readonly MonitoredReplication[]): IWidget[][] {
  if (replications.length === 0) return [];
  const each = (title: string, of: (one: MonitoredReplication) => Metric[]): GraphWidget =>
    graph(
      title,
      replications.flatMap((one) => of(one).map((metric) => labelled(metric, one))),
    );
  return [
    [
      each('DMS: reads late, seconds', (one) => [replicationMetric(scope, one, 'CDCLatencySource')]),
      each('DMS: writes late, seconds', (one) => [replicationMetric(scope, one, 'CDCLatencyTarget')]),
      each('DMS: rows a second, changes and loads', (one) => [
        replicationMetric(scope, one, 'CDCThroughputRowsTarget', 'Average'),
        replicationMetric(scope, one, 'FullLoadThroughputRowsTarget', 'Average'),
      ]),
    ],
    [
      each('DMS: changes kept back', (one) => [replicationMetric(scope, one, 'CDCIncomingChanges')]),
      each('DMS: use of what there is, percent', (one) => [utilization(scope, one)]),
      each('DMS: free disk and memory of machines, bytes', (one) =>
        one.instance
          ? [
              instanceMetric(one, 'FreeStorageSpace', 'Minimum'),
              instanceMetric(one, 'FreeableMemory', 'Minimum'),
            ]
          : [],
      ),
    ],
  ];
}

/** A graph tells lines of several replications apart; an alarm would become another kind of alarm by a label. */
function labelled(metric: Metric, { name }: MonitoredReplication): Metric {
  return metric.with({ label: `${name} ${metric.metricName}` });
}

function utilization(scope: Construct, replication: MonitoredReplication): Metric {
  return replication.instance
    ? instanceMetric(replication, 'CPUUtilization', 'Average')
    : replicationMetric(scope, replication, 'CapacityUtilization', 'Average');
}

function appliedRow(pipeline: string): IWidget[] {
  const outcomes = [
    METRICS.rowsApplied,
    METRICS.versionsOpened,
    METRICS.versionsClosed,
    METRICS.rowsUpdated,
    METRICS.tombstones,
    METRICS.changesUnchanged,
    METRICS.changesStale,
    METRICS.changesAmbiguous,
  ];
  return [
    graph('Rows by outcome', sums(pipeline, outcomes)),
    graph('Batches and files', sums(pipeline, [METRICS.batchesApplied, METRICS.filesApplied])),
    graph('Rejected files, failures, retries', [
      ...sums(pipeline, [METRICS.filesRejected, METRICS.ingestFailures, METRICS.ingestRetries]),
      highest(METRICS.filesRejected, 'table', pipeline, STEP),
      highest(METRICS.ingestFailures, 'table', pipeline, STEP),
    ]),
  ];
}

function exportRow({ pipeline, sweepEvery }: PipelineDashboardProps): IWidget[] {
  const { exportAge, exportSeconds, exportRows, exportFailures } = METRICS;
  return [
    graph('Batches not exported for, seconds', [highest(exportAge, 'export', pipeline, sweepEvery)]),
    graph('Exports: seconds, failures', [
      highest(exportSeconds, 'export', pipeline, STEP),
      ...sums(pipeline, [exportFailures]),
    ]),
    graph('Exports: rows', [highest(exportRows, 'export', pipeline, STEP)]),
  ];
}

function workRow({ queues, functions }: PipelineDashboardProps): IWidget[] {
  const ofQueues = (title: string, of: (one: MonitoredQueue) => IMetric): GraphWidget =>
    graph(title, queues.map(of), QUARTER);
  const ofFunctions = (title: string, of: (one: MonitoredFunction) => IMetric[]): GraphWidget =>
    graph(title, functions.flatMap(of), QUARTER);
  const worst = { statistic: 'Maximum', period: STEP };
  const sum = { statistic: 'Sum', period: STEP };
  return [
    ofQueues('Queues: oldest message, seconds', ({ name, queue }) =>
      queue.metricApproximateAgeOfOldestMessage({ ...worst, label: name }),
    ),
    ofQueues('Dead letters', ({ name, deadLetters }) =>
      deadLetters.metricApproximateNumberOfMessagesVisible({ ...worst, label: name }),
    ),
    ofFunctions('Functions: longest call, ms', (one) => [
      one.function.metricDuration({ ...worst, label: one.name }),
    ]),
    ofFunctions('Functions: errors and throttles', (one) => [
      one.function.metricErrors({ ...sum, label: `${one.name} errors` }),
      one.function.metricThrottles({ ...sum, label: `${one.name} throttles` }),
    ]),
  ];
}

function sums(pipeline: string, definitions: readonly MetricDefinition[]): IMetric[] {
  return definitions.map((definition) => pipelineMetric(definition, { pipeline }));
}

function graph(title: string, left: IMetric[], width = THIRD): GraphWidget {
  return new GraphWidget({ title, left, width, height: 6 });
}
