import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression, type ScheduleTargetConfig } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { IngestionProps } from './ingestion.ts';
import type { Bell } from './ingestion-bell.ts';
import { PipelineFunction, sharedProps } from './pipeline-function.ts';

/**
 * The function that looks after everything from time to time: files nobody rang for, moves half done, lag. A call that
 * failed for the last time becomes a dead letter of the bell; the next one does its work.
 */
export function createSweep(scope: Construct, bell: Bell, props: IngestionProps): PipelineFunction {
  const { sweepSchedule = 'rate(1 hour)', placement } = props;
  const sweep = new PipelineFunction(scope, 'Sweep', {
    ...sharedProps(props),
    handler: 'sweep',
    description: 'Finds files nobody rang for, finishes moves, reports lag',
    timeout: Duration.minutes(15),
    memorySize: props.memorySize ?? 1024,
    secrets: props.secrets,
    deadLetterQueue: bell.queue.deadLetters,
    ...(placement ? { placement } : {}),
  });
  if (sweepSchedule === null) return sweep;
  new Schedule(scope, 'SweepSchedule', {
    description: 'Looks for what was forgotten',
    schedule: ScheduleExpression.expression(sweepSchedule),
    scheduleGroup: bell.scheduleGroup,
    target: { bind: () => sweepTarget(bell, sweep) },
  });
  return sweep;
}

/** By hand: the CDK's own target lets the role call every version of the function too. */
function sweepTarget(
  { queue, schedulerRole }: Bell,
  { function: sweep }: PipelineFunction,
): ScheduleTargetConfig {
  schedulerRole.addToPolicy(
    new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [sweep.functionArn] }),
  );
  queue.deadLetters.grantSendMessages(schedulerRole);
  return {
    arn: sweep.functionArn,
    role: schedulerRole,
    retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: Duration.hours(1).toSeconds() },
    deadLetterConfig: { arn: queue.deadLetters.queueArn },
  };
}
