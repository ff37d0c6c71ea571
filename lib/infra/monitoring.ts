import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { Alarm, Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { AlarmTopic } from './alarm-topic.ts';
import type { AlarmContext } from './pipeline-alarm.ts';
import { type AlarmThresholds, pipelineAlarms } from './pipeline-alarms.ts';
import { createDashboard } from './pipeline-dashboard.ts';
import { ReplicationAlarms } from './replication-alarms.ts';
import type { MonitoredReplication } from './replication-metrics.ts';
import { functionAlarms, type MonitoredFunction, type MonitoredQueue, queueAlarms } from './work-alarms.ts';

export interface PipelineMonitoringProps extends Partial<AlarmThresholds> {
  /** Name of the pipeline: metrics carry it, and alarms begin with it. Letters, digits and dashes. */
  readonly pipeline: string;
  /** Queues that functions work on. @default - none */
  readonly queues?: readonly MonitoredQueue[];
  /** Functions that should run without trouble. @default - none */
  readonly functions?: readonly MonitoredFunction[];
  /** What DMS copies. @default - nothing */
  readonly replications?: readonly MonitoredReplication[];
  /** Some export is sent by a schedule or after new batches. @default false */
  readonly expectsExports?: boolean;
  /** How often the sweep runs, at most once in two days; null: never. @default Duration.hours(1) */
  readonly sweepEvery?: Duration | null;
  /** How long a file or a message may wait. @default Duration.minutes(30) */
  readonly waiting?: Duration;
  /** How far a history, and what DMS does for it, may lag behind the source. @default Duration.minutes(60) */
  readonly lag?: Duration;
  /** How long an export may lack a batch. @default Duration.hours(26) */
  readonly exportAge?: Duration;
  /** Get a mail for each alarm, once they confirmed the subscription. @default - nobody */
  readonly emails?: readonly string[];
  /** ARN of a topic of your own, see `AlarmTopicProps`. @default - one is made */
  readonly topicArn?: string;
  /** Key that encrypts the topic that is made. @default - one is made */
  readonly encryptionKey?: IKey;
  /** Path or URL of the runbook that alarms refer to. @default docs/runbook.md */
  readonly runbook?: string;
  /** Name of the dashboard, of which an account has one for all regions. @default <pipeline>-<region> */
  readonly dashboardName?: string;
}

/**
 * What a person looks at when a pipeline is not well: alarms, each naming its section of the runbook, and one dashboard.
 * How many there are depends on queues, functions and replications, and not on tables.
 */
export class PipelineMonitoring extends Construct {
  /** Hears every alarm. */
  readonly topic: ITopic;
  readonly alarms: readonly Alarm[];
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: PipelineMonitoringProps) {
    super(scope, id);
    const { pipeline, queues = [], functions = [], replications = [], runbook } = props;
    const sweepEvery = props.sweepEvery === undefined ? Duration.hours(1) : props.sweepEvery;
    const expectsExports = props.expectsExports ?? false;
    const thresholds = thresholdsOf(props);
    this.topic = new AlarmTopic(this, 'Alarms', props).topic;
    const context: AlarmContext = {
      pipeline,
      topic: this.topic,
      ...(runbook === undefined ? {} : { runbook }),
    };
    this.alarms = [
      ...pipelineAlarms(this, context, { ...thresholds, sweepEvery, expectsExports }),
      ...queues.flatMap((queue) => queueAlarms(this, context, queue, thresholds.waiting)),
      ...functions.flatMap((one) => functionAlarms(this, context, one)),
      ...this.replicationAlarms(context, replications, thresholds.lag),
    ];
    this.dashboard = createDashboard(this, 'Dashboard', {
      pipeline,
      dashboardName: props.dashboardName ?? `${pipeline}-${Stack.of(this).region}`,
      alarms: this.alarms,
      queues,
      functions,
      replications,
      sweepEvery: sweepEvery ?? Duration.hours(1),
      hasExports: expectsExports,
      ...(runbook === undefined ? {} : { runbook }),
    });
    this.tellWhereToLook();
  }

  private replicationAlarms(
    context: AlarmContext,
    replications: readonly MonitoredReplication[],
    lag: Duration,
  ): Alarm[] {
    return replications.flatMap((replication) => {
      const { alarms } = new ReplicationAlarms(this, `Replication ${replication.name}`, {
        ...context,
        replication,
        lag,
      });
      return [...alarms];
    });
  }

  private tellWhereToLook(): void {
    const { region } = Stack.of(this);
    new CfnOutput(this, 'DashboardUrl', {
      description: 'What waits, what lags and what rang',
      value: `https://console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${this.dashboard.dashboardName}`,
    });
  }
}

function thresholdsOf({ waiting, lag, exportAge }: PipelineMonitoringProps): AlarmThresholds {
  return {
    waiting: waiting ?? Duration.minutes(30),
    lag: lag ?? Duration.minutes(60),
    exportAge: exportAge ?? Duration.hours(26),
  };
}
