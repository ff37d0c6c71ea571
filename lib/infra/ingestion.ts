import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { BELL_ENVIRONMENT } from '../bell/environment.ts';
import { ringDelaySeconds } from '../bell/window.ts';
import type { IChangeBucket } from './change-bucket.ts';
import { grantFileMoves } from './change-bucket-access.ts';
import { Bell, type BellProps } from './ingestion-bell.ts';
import { WorkQueue } from './ingestion-queue.ts';
import { createSweep } from './ingestion-sweep.ts';
import { type FunctionPlacement, PipelineFunction, sharedProps } from './pipeline-function.ts';
import type { SecretReference } from './pipeline-function-grants.ts';

export interface IngestionProps extends BellProps {
  /** Where the change files are. */
  readonly bucket: IChangeBucket;
  /** Folder in the bucket below which all tables lie, without a slash at either end. @default - the whole bucket */
  readonly keyPrefix?: string;
  /** What the warehouse is reached with. */
  readonly secrets: readonly SecretReference[];
  /**
   * How long a table's bell collects arrivals before its files are applied, 1 to 895 seconds. A file waits that long and
   * five seconds more; the warehouse is asked to work at most once in that time for each table.
   * @default Duration.seconds(60)
   */
  readonly window?: Duration;
  /** When every table's bell is rung whether files arrived or not, in EventBridge's words. Null: never. @default rate(15 minutes) */
  readonly schedule?: string | null;
  /** When the sweep looks for what was forgotten, in EventBridge's words. Null: never. @default rate(1 hour) */
  readonly sweepSchedule?: string | null;
  /** Tables ingested at the same time, 2 to 1000. @default 10 */
  readonly concurrency?: number;
  /** Memory in MB of the function that ingests. @default 1024 */
  readonly memorySize?: number;
  /** How long it may work at a time, at most 15 minutes. @default Duration.minutes(15) */
  readonly timeout?: Duration;
  /** Where it and the sweep run; from there Databricks and AWS must be within reach. @default - outside of any VPC */
  readonly placement?: FunctionPlacement;
}

/**
 * From a file in the bucket to a history: event, bell, router, one FIFO message per table and window, one function per
 * message. A schedule and people ring the same bell.
 */
export class Ingestion extends Construct {
  readonly bell: Bell;
  /** Tables to ingest: a message group each. */
  readonly rings: WorkQueue;
  readonly ingest: PipelineFunction;
  readonly sweep: PipelineFunction;

  constructor(scope: Construct, id: string, props: IngestionProps) {
    super(scope, id);
    const { bucket, keyPrefix = '', schedule = 'rate(15 minutes)' } = props;
    this.bell = new Bell(this, 'Bell', props);
    this.ingest = new PipelineFunction(this, 'Ingest', {
      ...sharedProps(props),
      handler: 'ingest',
      description: 'Applies the waiting files of one table to its history',
      timeout: props.timeout ?? Duration.minutes(15),
      memorySize: props.memorySize ?? 1024,
      secrets: props.secrets,
      ...(props.placement ? { placement: props.placement } : {}),
    });
    this.rings = this.createRings(props);
    this.sweep = createSweep(this, this.bell, props);
    for (const worker of [this.ingest, this.sweep]) {
      grantFileMoves(worker.role, bucket, keyPrefix);
      this.bell.rungBy(worker);
    }
    this.listen(bucket.bucketName, keyPrefix);
    if (schedule !== null) {
      this.bell.schedule('EveryTable', schedule, { ring: 'all' }, 'Every table looks for files');
    }
    new CfnOutput(this, 'RingCommand', {
      description: 'Makes every table look for files now; name tables instead of all as ["customer"]',
      value: this.bell.command({ ring: 'all' }),
    });
  }

  /** Lets somebody start an ingest by hand. */
  grantTrigger(grantee: IGrantable): Grant {
    return this.bell.grantRing(grantee);
  }

  private createRings({ window = Duration.seconds(60), concurrency, queueKey }: IngestionProps): WorkQueue {
    const windowSeconds = window.toSeconds();
    const rings = new WorkQueue(this, 'Rings', {
      fifo: true,
      timeout: this.ingest.timeout,
      // A ring that waited for a day is worth nothing: the schedule has rung since.
      retention: Duration.days(1),
      maxReceives: 5,
      delay: Duration.seconds(ringDelaySeconds(windowSeconds)),
      ...(queueKey ? { encryptionKey: queueKey } : {}),
    });
    rings.workedBy(this.ingest, { batchSize: 1, maxConcurrency: concurrency ?? 10 });
    this.bell.routeTo(rings.queue, BELL_ENVIRONMENT.ringQueueUrl);
    this.bell.router.function.addEnvironment(BELL_ENVIRONMENT.windowSeconds, String(windowSeconds));
    return rings;
  }

  /** Rings for each file that arrives in an `incoming` folder; files that we move elsewhere ring nobody. */
  private listen(bucketName: string, keyPrefix: string): void {
    const { queue, deadLetters } = this.bell.queue;
    new Rule(this, 'Arrivals', {
      description: `Change files that arrive in ${bucketName}`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [bucketName] },
          object: { key: Match.wildcard(`${plainFolder(keyPrefix)}*_incoming/*`) },
        },
      },
      targets: [new SqsQueue(queue, { deadLetterQueue: deadLetters, maxEventAge: Duration.hours(4) })],
    });
  }
}

/** The folder for a pattern; nothing where it has a letter that a pattern or an encoding of keys might change. */
function plainFolder(keyPrefix: string): string {
  return /^[\w./-]+$/.test(keyPrefix) ? `${keyPrefix}/` : '';
}
