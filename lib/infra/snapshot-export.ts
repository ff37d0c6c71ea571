import { CfnOutput, Duration } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { BELL_ENVIRONMENT } from '../bell/environment.ts';
import { EXPORT_TRIES } from '../bell/export-ring.ts';
import { ExportMachine } from './export-machine.ts';
import type { Bell } from './ingestion-bell.ts';
import { WorkQueue } from './ingestion-queue.ts';
import {
  type FunctionPlacement,
  PipelineFunction,
  type SharedFunctionProps,
  sharedProps,
} from './pipeline-function.ts';
import type { SecretReference } from './pipeline-function-grants.ts';

/** One export by its name in the configuration. */
export interface ScheduledExport {
  readonly name: string;
  /** When it is sent by itself, in EventBridge's words, UTC. @default - when it is asked for, or after new batches */
  readonly schedule?: string | null;
}

export interface SnapshotExportProps extends SharedFunctionProps {
  /** Rung by schedules, people, and the function that ingests. */
  readonly bell: Bell;
  /** The exports that run in this place; at least one. */
  readonly exports: readonly ScheduledExport[];
  /** What the warehouse and the targets are reached with. */
  readonly secrets: readonly SecretReference[];
  /** Where they run; from there both the target and Databricks must be within reach. @default - outside of any VPC */
  readonly placement?: FunctionPlacement;
  /** Exports at the same time, 2 to 1000; one of a name at most. @default 2 */
  readonly concurrency?: number;
  /** Memory in MB. @default 1024 */
  readonly memorySize?: number;
  /**
   * How long one call may take, at most 15 minutes. A table that needs longer is sent in several.
   * @default Duration.minutes(15)
   */
  readonly timeout?: Duration;
  /** Key that encrypts the messages, see `WorkQueueProps`. @default - SQS's own */
  readonly queueKey?: IKey;
}

/**
 * Snapshots sent to their targets: asked for at the bell, by schedule, by hand or after new batches, and then one FIFO
 * message per export. Large tables are sent in parts, by a state machine of the same function. A pipeline has at most two of these, one inside of the network and one outside.
 */
export class SnapshotExport extends Construct {
  readonly requests: WorkQueue;
  readonly function: PipelineFunction;
  /** Sends what one call has not enough time for. */
  readonly machine: ExportMachine;
  private readonly bell: Bell;

  constructor(scope: Construct, id: string, props: SnapshotExportProps) {
    super(scope, id);
    const { bell, exports, placement, queueKey } = props;
    this.bell = bell;
    this.function = new PipelineFunction(this, 'Export', {
      ...sharedProps(props),
      handler: 'export',
      description: 'Sends snapshots to a target, whole or in parts',
      timeout: props.timeout ?? Duration.minutes(15),
      memorySize: props.memorySize ?? 1024,
      secrets: props.secrets,
      ...(placement ? { placement } : {}),
    });
    this.requests = new WorkQueue(this, 'Requests', {
      fifo: true,
      timeout: this.function.timeout,
      retention: Duration.days(1),
      maxReceives: EXPORT_TRIES,
      ...(queueKey ? { encryptionKey: queueKey } : {}),
    });
    this.requests.workedBy(this.function, { batchSize: 1, maxConcurrency: props.concurrency ?? 2 });
    this.machine = new ExportMachine(this, 'Parts', {
      worker: this.function,
      ...(props.logRetention === undefined ? {} : { logRetention: props.logRetention }),
    });
    // For what has to be sent once more when another export of the table is done.
    bell.rungBy(this.function);
    const { networkExportQueueUrl, exportQueueUrl } = BELL_ENVIRONMENT;
    bell.routeTo(this.requests.queue, placement ? networkExportQueueUrl : exportQueueUrl);
    for (const one of exports) this.addTriggers(one);
  }

  /** Lets somebody start an export by hand. */
  grantTrigger(grantee: IGrantable): Grant {
    return this.bell.grantRing(grantee);
  }

  private addTriggers({ name, schedule }: ScheduledExport): void {
    const call = { export: [name] };
    if (schedule) this.bell.schedule(`Export ${name}`, schedule, call, `Sends the export ${name}`);
    new CfnOutput(new Construct(this, name), 'ExportCommand', {
      description: `Sends the export ${name} now`,
      value: this.bell.command(call),
    });
  }
}
