import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type Grant, type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Schedule, ScheduleExpression, ScheduleGroup, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { SqsSendMessage } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type Call, callBody } from '../bell/call.ts';
import { BELL_ENVIRONMENT } from '../bell/environment.ts';
import { WorkQueue } from './ingestion-queue.ts';
import { bellQueueName } from '../config/cloud-names.ts';
import { PipelineFunction, type SharedFunctionProps, sharedProps } from './pipeline-function.ts';

export interface BellProps extends SharedFunctionProps {
  /** Key that encrypts the messages, see `WorkQueueProps`. @default - SQS's own */
  readonly queueKey?: IKey;
}

/**
 * The one door of a pipeline: events of the bucket, schedules, people and functions all send to one queue, and the
 * router makes of each what the queues of tables and exports take. Needs no VPC and reads no secret.
 */
export class Bell extends Construct {
  readonly queue: WorkQueue;
  readonly router: PipelineFunction;
  /** The schedules that ring; removed with the stack. */
  readonly scheduleGroup: ScheduleGroup;
  /** What the schedules act as. */
  readonly schedulerRole: Role;

  constructor(scope: Construct, id: string, props: BellProps) {
    super(scope, id);
    const { queueKey } = props;
    const timeout = Duration.minutes(1);
    this.queue = new WorkQueue(this, 'Calls', {
      name: bellQueueName(props.config),
      timeout,
      retention: Duration.days(4),
      maxReceives: 5,
      ...(queueKey ? { encryptionKey: queueKey } : {}),
    });
    this.router = new PipelineFunction(this, 'Router', {
      ...sharedProps(props),
      handler: 'router',
      description: 'Makes messages for tables and exports of events, schedules and calls',
      timeout,
      memorySize: 256,
    });
    // A second of waiting makes one call of a burst of files; order does not matter here.
    this.queue.workedBy(this.router, {
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(1),
      maxConcurrency: 5,
    });
    this.scheduleGroup = new ScheduleGroup(this, 'Schedules', { removalPolicy: RemovalPolicy.DESTROY });
    this.schedulerRole = this.createSchedulerRole();
  }

  /** Lets somebody ring: send calls and nothing else. */
  grantRing(grantee: IGrantable): Grant {
    return this.queue.queue.grantSendMessages(grantee);
  }

  /** Lets a function ring and tells it where. */
  rungBy(caller: PipelineFunction): void {
    this.grantRing(caller);
    caller.function.addEnvironment(BELL_ENVIRONMENT.bellQueueUrl, this.queue.queue.queueUrl);
  }

  /** Lets the router send to a queue and tells it where, under one name of `BELL_ENVIRONMENT`. */
  routeTo(queue: IQueue, variable: string): void {
    queue.grantSendMessages(this.router);
    this.router.function.addEnvironment(variable, queue.queueUrl);
  }

  /**
   * Makes a call again and again.
   *
   * @param expression when, in EventBridge's words: `rate(15 minutes)`, `cron(0 6 * * ? *)`; UTC
   */
  schedule(id: string, expression: string, call: Call, description: string): Schedule {
    return new Schedule(this, id, {
      description,
      schedule: ScheduleExpression.expression(expression),
      scheduleGroup: this.scheduleGroup,
      target: new SqsSendMessage(this.queue.queue, {
        role: this.schedulerRole,
        input: ScheduleTargetInput.fromText(callBody(call)),
        deadLetterQueue: this.queue.deadLetters,
        // An old call is worth nothing once the next one was made.
        maxEventAge: Duration.hours(1),
      }),
    });
  }

  /** The command by which a person makes a call. */
  command(call: Call): string {
    const { region } = Stack.of(this);
    return `aws sqs send-message --region ${region} --queue-url ${this.queue.queue.queueUrl} --message-body ${shellQuoted(callBody(call))}`;
  }

  private createSchedulerRole(): Role {
    return new Role(this, 'SchedulerRole', {
      description: 'Lets the schedules of one pipeline ring its bell',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': Stack.of(this).account,
            'aws:SourceArn': this.scheduleGroup.scheduleGroupArn,
          },
        },
      }),
    });
  }
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
