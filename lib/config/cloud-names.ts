import type { ReplicationConfig } from './cloud.ts';
import type { Config } from './config.ts';

/**
 * Longest name of a pipeline that is deployed: functions have the least room, 64 (queues 80), of which 24 are for what
 * follows in `cloudName`.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
 */
export const MAX_NAME_LENGTH = 40;

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
export const MAX_STACK_NAME_LENGTH = 128;

/** Stacks of a deployment; each replication has one. */
export type StackPart = 'storage' | 'pipeline' | 'network' | Pick<ReplicationConfig, 'name'>;

/** Name of a stack: `<name>-storage`, `<name>-replication-<replication>`. */
export function stackName({ name }: Pick<Config, 'name'>, part: StackPart): string {
  return typeof part === 'string' ? `${name}-${part}` : `${name}-replication-${part.name}`;
}

/** Name of the queue by which a pipeline is rung for, unique in an account and region as the stacks are. */
export function bellQueueName(pipeline: Pick<Config, 'name'>): string {
  return cloudName(pipeline, 'bell');
}

/**
 * Name of a thing of the whole pipeline, for instance `<name>-ingest.fifo`; at most 24 characters may follow the name.
 * What DMS has is named by `lib/dms`, which cuts.
 */
export function cloudName({ name }: Pick<Config, 'name'>, thing: string): string {
  return `${name}-${thing}`;
}
