import { Alarm, type ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { RUNBOOK_SECTIONS, runbookLink, type RunbookSection } from './runbook-sections.ts';

/** What all alarms of a pipeline share. */
export interface AlarmContext {
  /** Name of the pipeline: alarms begin with it. */
  readonly pipeline: string;
  /** Who hears them. */
  readonly topic: ITopic;
  /** Path or URL of the runbook. @default docs/runbook.md */
  readonly runbook?: string;
}

/**
 * What no sample in a period means for an alarm, which is asked of every metric:
 *
 * - `well`: something is published only when there is something to tell, and nothing happened.
 * - `unchanged`: it is looked at now and then, and stays as it was last seen until somebody looks again.
 * - `gone`: it is published all the time, so the silence is the alarm. The alarm's state is then INSUFFICIENT_DATA,
 *   which a metric that was never there does not come to: what was just deployed may take its time.
 */
export type WhenMissing = 'well' | 'unchanged' | 'gone';

const TREATMENT: Readonly<Record<WhenMissing, TreatMissingData>> = {
  well: TreatMissingData.NOT_BREACHING,
  unchanged: TreatMissingData.IGNORE,
  gone: TreatMissingData.MISSING,
};

export interface PipelineAlarmProps {
  /** Its section of the runbook; gives the alarm its name. */
  readonly section: RunbookSection;
  /** Which one of several of its kind: a queue, a function, a replication. @default - there is only one */
  readonly subject?: string;
  /** What it means that it rings, in one sentence. */
  readonly meaning: string;
  readonly metric: IMetric;
  readonly comparison: ComparisonOperator;
  readonly threshold: number;
  /** Periods that are looked at, all of which must be beyond the threshold. @default 1 */
  readonly periods?: number;
  readonly whenMissing: WhenMissing;
  /** Tell also when it is over. Not of what only happened: that is over at once. */
  readonly tellsEnd: boolean;
}

/** An alarm whose name and description say what it is about and where in the runbook to go on. */
export function createAlarm(
  scope: Construct,
  id: string,
  { pipeline, topic, runbook }: AlarmContext,
  props: PipelineAlarmProps,
): Alarm {
  const { section, subject, meaning, whenMissing } = props;
  const alarm = new Alarm(scope, id, {
    alarmName: [pipeline, RUNBOOK_SECTIONS[section], ...(subject === undefined ? [] : [subject])].join('-'),
    alarmDescription: `${meaning} What to do: ${runbookLink(section, runbook)}`,
    metric: props.metric,
    comparisonOperator: props.comparison,
    threshold: props.threshold,
    evaluationPeriods: props.periods ?? 1,
    treatMissingData: TREATMENT[whenMissing],
  });
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  if (props.tellsEnd) alarm.addOkAction(action);
  if (whenMissing === 'gone') alarm.addInsufficientDataAction(action);
  return alarm;
}
