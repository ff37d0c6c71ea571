import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource, type SqsEventSourceProps } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { BELL_ENVIRONMENT } from '../bell/environment.ts';
import type { PipelineFunction } from './pipeline-function.ts';

export interface WorkQueueProps {
  /** The longest that a function may work on a message; a minute later the message is shown to another. */
  readonly timeout: Duration;
  /** How long a message waits for somebody, at most 13 days: less than in the dead-letter queue. */
  readonly retention: Duration;
  /** How often a message is tried before it becomes a dead letter. */
  readonly maxReceives: number;
  /** One after the other within a group, and nothing twice within five minutes. @default false */
  readonly fifo?: boolean;
  /** How long each message is held back. @default Duration.seconds(0) */
  readonly delay?: Duration;
  /** Of the queue, by which people find it. @default - made up by CloudFormation */
  readonly name?: string;
  /**
   * Key that encrypts the messages. Its policy must let EventBridge use it where EventBridge sends to the queue; a key
   * made in the same app gets that by itself.
   * @default - SQS's own
   */
  readonly encryptionKey?: IKey;
}

/** Longest that SQS keeps a message. */
const LONGEST = Duration.days(14);

/**
 * A queue for functions, and the dead-letter queue of what could not be done: for TLS only, encrypted. Dead letters are
 * kept for the 14 days that SQS can, longer than any message in the queue itself.
 */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    const { fifo = false, encryptionKey, delay, name } = props;
    const shared = {
      enforceSSL: true,
      ...(fifo ? { fifo } : {}),
      ...(encryptionKey
        ? { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
        : { encryption: QueueEncryption.SQS_MANAGED }),
    };
    this.deadLetters = new Queue(this, 'DeadLetters', { ...shared, retentionPeriod: LONGEST });
    this.queue = new Queue(this, 'Queue', {
      ...shared,
      ...(name === undefined ? {} : { queueName: name }),
      retentionPeriod: props.retention,
      visibilityTimeout: props.timeout.plus(Duration.minutes(1)),
      ...(delay ? { deliveryDelay: delay } : {}),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: props.maxReceives },
    });
  }

  /** Lets a function work on the messages, and put aside itself what no repetition can mend. */
  workedBy(worker: PipelineFunction, source: Omit<SqsEventSourceProps, 'reportBatchItemFailures'>): void {
    worker.function.addEventSource(
      new SqsEventSource(this.queue, { ...source, reportBatchItemFailures: true }),
    );
    this.deadLetters.grantSendMessages(worker);
    worker.function.addEnvironment(BELL_ENVIRONMENT.deadLetterQueueUrl, this.deadLetters.queueUrl);
  }
}
