import type { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS, type MetricDefinition } from '../metrics.ts';
import { type AlarmContext, createAlarm, type PipelineAlarmProps } from './pipeline-alarm.ts';
import { pipelineMetric } from './pipeline-metrics.ts';

/** From when on a state is worth a person's attention. */
export interface AlarmThresholds {
  /** How long a file may wait. */
  readonly waiting: Duration;
  /** How far a history, or what DMS does for it, may lag behind the source. */
  readonly lag: Duration;
  /** How long an export may lack a batch. */
  readonly exportAge: Duration;
}

export interface PipelineAlarmsProps extends AlarmThresholds {
  /** How often the sweep runs; null: never, and then nobody looks at what waits. */
  readonly sweepEvery: Duration | null;
  /** Some export is sent by itself. */
  readonly expectsExports: boolean;
}

const { GREATER_THAN_THRESHOLD, GREATER_THAN_OR_EQUAL_TO_THRESHOLD, LESS_THAN_THRESHOLD } =
  ComparisonOperator;

/** Runs of the sweep that may be missing before its silence is told. */
const MISSING_SWEEPS = 3;

/** Alarms on what functions of a pipeline say of its tables and exports. None is about one table: see the dashboard. */
export function pipelineAlarms(scope: Construct, context: AlarmContext, props: PipelineAlarmsProps): Alarm[] {
  const alarm = (id: string, alarmProps: PipelineAlarmProps): Alarm =>
    createAlarm(scope, id, context, alarmProps);
  const above = (definition: MetricDefinition, bound: Duration) => ({
    metric: pipelineMetric(definition, { pipeline: context.pipeline }),
    comparison: GREATER_THAN_THRESHOLD,
    threshold: bound.toSeconds(),
    tellsEnd: true,
  });
  const happened = (definition: MetricDefinition) => ({
    metric: pipelineMetric(definition, { pipeline: context.pipeline }),
    comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    // What happens is counted when a run ends; no run, no count.
    whenMissing: 'well' as const,
    tellsEnd: false,
  });
  return [
    alarm('FileWaits', {
      ...above(METRICS.oldestWaitingFileAge, props.waiting),
      section: 'fileWaits',
      meaning: `A file has waited for more than ${minutes(props.waiting)}.`,
      // Only the sweep looks at all tables, far less often than every five minutes.
      whenMissing: 'unchanged',
    }),
    alarm('SourceLag', {
      ...above(METRICS.sourceLag, props.lag),
      section: 'sourceLag',
      meaning: `What was applied last was committed at the source more than ${minutes(props.lag)} before.`,
      // Nothing was applied: either nothing happens at the source, or FileWaits, a failure or DMS' own alarms tell.
      whenMissing: 'well',
    }),
    alarm('IngestFailed', {
      ...happened(METRICS.ingestFailures),
      section: 'ingestFailed',
      meaning: 'A table could not be ingested, and trying again will not help.',
    }),
    alarm('FilesRejected', {
      ...happened(METRICS.filesRejected),
      section: 'filesRejected',
      meaning: 'Files were put aside for a fault of their own; everything else was applied.',
    }),
    ...(props.sweepEvery === null ? [] : sweepAlarms(alarm, happened, context, props.sweepEvery)),
    ...(props.expectsExports ? exportAlarms(alarm, above, happened, props) : []),
  ];
}

type CreateAlarm = (id: string, props: PipelineAlarmProps) => Alarm;
type Common<Args extends unknown[]> = (
  ...args: Args
) => Omit<PipelineAlarmProps, 'section' | 'meaning' | 'whenMissing'>;

function sweepAlarms(
  alarm: CreateAlarm,
  happened: Common<[MetricDefinition]>,
  { pipeline }: AlarmContext,
  every: Duration,
): Alarm[] {
  return [
    alarm('SweepFound', {
      ...happened(METRICS.sweepFindings),
      section: 'sweepFound',
      meaning: 'The sweep found a broken promise about a history, its ledger or its folders.',
      whenMissing: 'well',
    }),
    alarm('SweepSilent', {
      section: 'sweepSilent',
      meaning: `The sweep, which runs every ${minutes(every)}, has said nothing ${MISSING_SWEEPS} times: nobody looks for files that wait. Its state is then INSUFFICIENT_DATA.`,
      metric: pipelineMetric(
        METRICS.oldestWaitingFileAge,
        { pipeline },
        { statistic: 'SampleCount', period: every },
      ),
      comparison: LESS_THAN_THRESHOLD,
      threshold: 1,
      periods: MISSING_SWEEPS,
      // Every sweep says something, 0 included.
      whenMissing: 'gone',
      tellsEnd: true,
    }),
  ];
}

function exportAlarms(
  alarm: CreateAlarm,
  above: Common<[MetricDefinition, Duration]>,
  happened: Common<[MetricDefinition]>,
  { exportAge }: AlarmThresholds,
): Alarm[] {
  return [
    alarm('ExportLags', {
      ...above(METRICS.exportAge, exportAge),
      section: 'exportLags',
      meaning: `An export has not sent a batch that was applied more than ${minutes(exportAge)} ago.`,
      // The sweep looks at it, as at the files that wait.
      whenMissing: 'unchanged',
    }),
    alarm('ExportFailed', {
      ...happened(METRICS.exportFailures),
      section: 'exportFailed',
      meaning: 'An export failed; its target is as it was before.',
      whenMissing: 'well',
    }),
  ];
}

/** A length of time in words. */
function minutes(duration: Duration): string {
  const whole = duration.toMinutes();
  return whole % 60 === 0 ? `${whole / 60} h` : `${whole} min`;
}
