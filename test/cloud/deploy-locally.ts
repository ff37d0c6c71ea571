import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Config } from '../../lib/config/config.ts';
import { inHurry } from './hurry-delays.ts';
import { createLocalFunction, type LocalFunction } from './local-function.ts';
import { textOf, type WiredFunction, type WiredQueue, type Wiring } from './read-wiring.ts';

/** A queue that a template asked for. */
export interface DeployedQueue {
  readonly id: string;
  readonly url: string;
  readonly arn: string;
}

export interface DeployOptions {
  readonly wiring: Wiring;
  readonly sqs: SQSClient;
  /** An empty folder for the functions' code. */
  readonly folder: string;
  /** Addresses of things that stand for those in the cloud, put into the configuration that functions are shipped with. */
  readonly readdress: (config: Config) => Config;
  /** Further files beside the functions' code. */
  readonly files: Readonly<Record<string, string>>;
  /** Environment variables that every function has: region, credentials, addresses. */
  readonly env: Readonly<Record<string, string>>;
}

/** The parts of a pipeline, ready to be connected. */
export interface DeployedPipeline {
  readonly functions: Readonly<Record<keyof Wiring['functions'], LocalFunction>>;
  /** The function of this id in the template. */
  functionOf(id: string): LocalFunction;
  /** The queue of this id in the template. */
  queueOf(id: string): DeployedQueue;
  readonly queues: readonly DeployedQueue[];
}

/** Makes the queues of a template with its attributes and puts the functions' bundles into folders, as a deploy would. */
export async function deployLocally(options: DeployOptions): Promise<DeployedPipeline> {
  const { wiring } = options;
  const queues = await createQueues(options);
  const urls = new Map([...queues].map(([id, { url }]) => [id, url]));
  const made = Object.entries(wiring.functions).map(async ([name, wired]) => {
    const folder = join(options.folder, name);
    await ship(wired, folder, options);
    return [name, wired.id, createFunction(name, wired, folder, { ...options, urls })] as const;
  });
  const functions = await Promise.all(made);
  const byId = new Map(functions.map(([, id, one]) => [id, one]));
  return {
    functions: Object.fromEntries(
      functions.map(([name, , one]) => [name, one]),
    ) as DeployedPipeline['functions'],
    functionOf: (id) => found(byId, id),
    queueOf: (id) => found(queues, id),
    queues: [...queues.values()],
  };
}

function found<T>(all: ReadonlyMap<string, T>, id: string): T {
  const one = all.get(id);
  if (one === undefined) throw new Error(`The template names ${id}, which is not among those made.`);
  return one;
}

async function createQueues({ wiring, sqs }: DeployOptions): Promise<Map<string, DeployedQueue>> {
  const made = new Map<string, DeployedQueue>();
  // Dead letters first: the others name them.
  const order = [...wiring.queues].sort((a, b) => Number(a.redrive !== null) - Number(b.redrive !== null));
  for (const queue of order) made.set(queue.id, await createQueue(sqs, queue, made));
  return made;
}

async function createQueue(
  sqs: SQSClient,
  { id, isFifo, attributes, redrive }: WiredQueue,
  made: ReadonlyMap<string, DeployedQueue>,
): Promise<DeployedQueue> {
  const policy = redrive && {
    deadLetterTargetArn: found(made, redrive.queueId).arn,
    maxReceiveCount: redrive.maxReceiveCount,
  };
  const name = `${id.slice(-60)}${isFifo ? '.fifo' : ''}`;
  const { QueueUrl: url = '' } = await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: { ...inHurryOf(attributes), ...(policy ? { RedrivePolicy: JSON.stringify(policy) } : {}) },
    }),
  );
  const { Attributes: given = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  return { id, url, arn: given.QueueArn! };
}

function inHurryOf(attributes: WiredQueue['attributes']): Record<string, string> {
  const { DelaySeconds: delay } = attributes;
  return delay === undefined ? attributes : { ...attributes, DelaySeconds: String(inHurry(Number(delay))) };
}

/** Writes a function's folder: the very bundle of a deploy, and its configuration with other addresses. */
async function ship(
  wired: WiredFunction,
  folder: string,
  { readdress, files }: DeployOptions,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of wired.files) await writeFile(join(folder, name), content);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const config = JSON.parse(wired.files.get('config.json')!.toString()) as Config;
  await writeFile(join(folder, 'config.json'), JSON.stringify(readdress(config)));
}

function createFunction(
  name: string,
  wired: WiredFunction,
  folder: string,
  { env, urls }: Pick<DeployOptions, 'env'> & { readonly urls: ReadonlyMap<string, string> },
): LocalFunction {
  // What no function of ours asks for is not made.
  const nameOf = (id: string): string => urls.get(id) ?? `not-made-here:${id}`;
  const given = Object.entries(wired.environment).map(([key, value]) => [key, textOf(value, nameOf)]);
  return createLocalFunction({
    name,
    folder,
    handler: wired.handler,
    memoryMb: wired.memoryMb,
    timeoutMs: wired.timeoutSeconds * 1000,
    env: {
      ...env,
      ...Object.fromEntries(given),
      AWS_LAMBDA_LOG_FORMAT: wired.logs.format,
      AWS_LAMBDA_LOG_LEVEL: wired.logs.level,
    },
  });
}
