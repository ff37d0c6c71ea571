import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type AlarmContext, createAlarm } from './pipeline-alarm.ts';

/** A queue that functions work on. A `WorkQueue` with a name will do. */
export interface MonitoredQueue {
  /** What it is for, in a word: `calls`, `rings`. */
  readonly name: string;
  readonly queue: IQueue;
  readonly deadLetters: IQueue;
  /** How long the queue holds each message back on purpose. @default Duration.seconds(0) */
  readonly delay?: Duration;
}

/** A function of the pipeline. A `PipelineFunction` with a name will do. */
export interface MonitoredFunction {
  /** What it does, in a word: `ingest`. */
  readonly name: string;
  readonly function: IFunction;
  /** The longest that one call may take. */
  readonly timeout: Duration;
}

const { GREATER_THAN_THRESHOLD, GREATER_THAN_OR_EQUAL_TO_THRESHOLD } = ComparisonOperator;

const PERIOD = Duration.minutes(5);

/** Alarms on messages that nobody takes, and on those that were given up. */
export function queueAlarms(
  scope: Construct,
  context: AlarmContext,
  { name, queue, deadLetters, delay }: MonitoredQueue,
  waiting: Duration,
): Alarm[] {
  const id = idOf(name);
  return [
    createAlarm(scope, `${id}Waits`, context, {
      section: 'messageWaits',
      subject: name,
      meaning: `A message of the queue "${name}" has waited for more than ${waiting.toMinutes()} min beyond what it is held back.`,
      metric: queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period: PERIOD }),
      comparison: GREATER_THAN_THRESHOLD,
      threshold: waiting.toSeconds() + (delay?.toSeconds() ?? 0),
      // Lambda asks the queue all the time, and SQS is silent only of queues that nobody asks.
      whenMissing: 'well',
      tellsEnd: true,
    }),
    createAlarm(scope, `${id}DeadLetters`, context, {
      section: 'deadLetters',
      subject: name,
      meaning: `A message of the queue "${name}" was given up. It is kept for 14 days.`,
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: PERIOD }),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      // SQS tells nothing of a queue six hours after its last use, also when messages are left in it.
      whenMissing: 'unchanged',
      tellsEnd: true,
    }),
  ];
}

/** Share of its timeout that a function leaves off before; working longer means that it nearly was killed. */
const CLOSE_TO_TIMEOUT = 0.95;

/** Alarms on calls of a function that broke off, were turned away, or nearly were killed. */
export function functionAlarms(
  scope: Construct,
  context: AlarmContext,
  { name, function: worker, timeout }: MonitoredFunction,
): Alarm[] {
  const id = idOf(name);
  // No call, no sample of any of these.
  const common = {
    subject: name,
    comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    whenMissing: 'well',
    tellsEnd: false,
  } as const;
  return [
    createAlarm(scope, `${id}Fails`, context, {
      ...common,
      section: 'functionFails',
      meaning: `A call of the function "${name}" broke off: it crashed, ran out of memory or out of time.`,
      metric: worker.metricErrors({ statistic: 'Sum', period: PERIOD }),
      threshold: 1,
    }),
    createAlarm(scope, `${id}Throttled`, context, {
      ...common,
      section: 'functionThrottled',
      meaning: `Calls of the function "${name}" were turned away for a quarter of an hour: too many functions of the account run at once.`,
      metric: worker.metricThrottles({ statistic: 'Sum', period: PERIOD }),
      threshold: 1,
      // Now and then is normal, and tried again by itself.
      periods: 3,
    }),
    createAlarm(scope, `${id}Slow`, context, {
      ...common,
      section: 'functionSlow',
      meaning: `A call of the function "${name}" took more than ${CLOSE_TO_TIMEOUT * 100} % of its ${timeout.toSeconds()} s, although it stops beginning work before.`,
      metric: worker.metricDuration({ statistic: 'Maximum', period: PERIOD }),
      threshold: timeout.toMilliseconds() * CLOSE_TO_TIMEOUT,
    }),
  ];
}

function idOf(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
