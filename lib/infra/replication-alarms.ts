import { type Duration, Validations } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import type { Rule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { type AlarmContext, createAlarm, type PipelineAlarmProps } from './pipeline-alarm.ts';
import { tellStops } from './replication-events.ts';
import {
  instanceMetric,
  type MonitoredReplication,
  reportsLatency,
  replicationMetric,
  suspendedMetric,
} from './replication-metrics.ts';

export interface ReplicationAlarmsProps extends AlarmContext {
  readonly replication: MonitoredReplication;
  /** How late DMS may be, on either side. */
  readonly lag: Duration;
}

const { GREATER_THAN_THRESHOLD, GREATER_THAN_OR_EQUAL_TO_THRESHOLD, LESS_THAN_THRESHOLD } =
  ComparisonOperator;

/** Of a machine's disk that must stay free, in percent. */
const FREE_DISK_PERCENT = 10;

const BYTES_PER_GB = 1024 ** 3;

/** What DMS itself says about one replication: how late it is, whether it says anything, whether it stopped. */
export class ReplicationAlarms extends Construct {
  readonly alarms: readonly Alarm[];
  readonly stops: Rule;

  constructor(scope: Construct, id: string, props: ReplicationAlarmsProps) {
    super(scope, id);
    const { replication, lag, ...context } = props;
    const alarm = (alarmId: string, alarmProps: Omit<PipelineAlarmProps, 'subject'>): Alarm =>
      createAlarm(this, alarmId, context, { ...alarmProps, subject: replication.name });
    this.alarms = [
      ...(reportsLatency(replication) ? this.latencyAlarms(alarm, replication, lag) : []),
      ...(replication.tellsSuspended ? [suspendedAlarm(alarm, replication)] : []),
      ...(replication.instance ? [diskAlarm(alarm, replication, replication.instance.storageGb)] : []),
    ];
    this.stops = tellStops(this, 'Stops', context, replication);
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Action::kms:GenerateDataKey*]',
      reason: 'Two actions of one key, which whoever publishes to an encrypted topic needs.',
    });
  }

  private latencyAlarms(alarm: CreateAlarm, replication: MonitoredReplication, lag: Duration): Alarm[] {
    const { name } = replication;
    const late = {
      comparison: GREATER_THAN_THRESHOLD,
      threshold: lag.toSeconds(),
      // One large transaction is late once.
      periods: 3,
      // Silence has an alarm of its own.
      whenMissing: 'unchanged',
      tellsEnd: true,
    } as const;
    return [
      alarm('SourceLatency', {
        ...late,
        section: 'sourceLatency',
        meaning: `Replication ${name} reads changes more than ${lag.toMinutes()} min after they were committed.`,
        metric: replicationMetric(this, replication, 'CDCLatencySource'),
      }),
      alarm('TargetLatency', {
        ...late,
        section: 'targetLatency',
        meaning: `Replication ${name} writes files more than ${lag.toMinutes()} min after the changes were committed.`,
        metric: replicationMetric(this, replication, 'CDCLatencyTarget'),
      }),
      alarm('Silent', {
        section: 'replicationSilent',
        meaning: `Replication ${name} has said nothing for half an hour, so it is not copying. Its state is then INSUFFICIENT_DATA.`,
        metric: replicationMetric(this, replication, 'CDCLatencySource', 'SampleCount'),
        comparison: LESS_THAN_THRESHOLD,
        threshold: 1,
        periods: 6,
        // A replication that copies says every minute how late it is, 0 included; one that failed says nothing more.
        whenMissing: 'gone',
        tellsEnd: true,
      }),
    ];
  }
}

type CreateAlarm = (id: string, props: Omit<PipelineAlarmProps, 'subject'>) => Alarm;

function suspendedAlarm(alarm: CreateAlarm, replication: MonitoredReplication): Alarm {
  return alarm('TableSuspended', {
    section: 'tableSuspended',
    meaning: `Replication ${replication.name} gave up a table and goes on with the others.`,
    metric: suspendedMetric(replication),
    comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    // A line of the log, when it happens.
    whenMissing: 'well',
    tellsEnd: false,
  });
}

function diskAlarm(alarm: CreateAlarm, replication: MonitoredReplication, storageGb: number): Alarm {
  return alarm('Disk', {
    section: 'instanceDisk',
    meaning: `The machine of replication ${replication.name} has less than ${FREE_DISK_PERCENT} % of its ${storageGb} GB of disk left; without any it stops.`,
    metric: instanceMetric(replication, 'FreeStorageSpace', 'Minimum'),
    comparison: LESS_THAN_THRESHOLD,
    threshold: (storageGb * BYTES_PER_GB * FREE_DISK_PERCENT) / 100,
    // A machine whose disk is full may not say so any more.
    whenMissing: 'unchanged',
    tellsEnd: true,
  });
}
