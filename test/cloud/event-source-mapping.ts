import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Outcome } from './execution-environment.ts';
import type { LocalFunction } from './local-function.ts';

export interface EventSourceMappingOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly target: LocalFunction;
  readonly batchSize: number;
  /** How long messages are collected for one call. */
  readonly windowSeconds: number;
  /** Calls at the same time. */
  readonly concurrency: number;
  /**
   * To save waiting: messages that failed are shown again after half a second rather than once their visibility timeout is
   * over. Where the function's process was killed, time passes for those that are started later: a claim of the dead one
   * is over then, as it would be.
   * @default - as Lambda does
   */
  readonly hurry?: { readonly visibilityTimeoutSeconds: number };
}

/** What stands between a queue and a function. */
export interface EventSourceMapping {
  /** Calls under way. */
  readonly busy: () => number;
  /** Takes no more messages and waits for the calls under way. */
  stop(): Promise<void>;
}

const HURRY_MS = 500;

/** Messages that SQS hands out or takes back in one request. */
const MOST = 10;

/**
 * Does what Lambda does for a queue: receives, calls, deletes what was done and leaves the rest for another time, with
 * partial answers. That a group of a FIFO queue has one batch in flight is the server's doing, as it is in SQS.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function startEventSourceMapping(options: EventSourceMappingOptions): EventSourceMapping {
  const calls = new Set<Promise<void>>();
  let running = true;
  const poll = async (): Promise<void> => {
    while (running) {
      if (calls.size >= options.concurrency) await Promise.race(calls);
      const batch = await collect(options, () => running);
      if (batch.length === 0) continue;
      const call = work(options, batch).finally(() => calls.delete(call));
      calls.add(call);
    }
  };
  const polling = poll();
  return {
    busy: () => calls.size,
    async stop() {
      running = false;
      await polling;
      await Promise.all(calls);
    },
  };
}

async function collect(options: EventSourceMappingOptions, isRunning: () => boolean): Promise<Message[]> {
  const { batchSize, windowSeconds } = options;
  const batch: Message[] = [];
  let until = Number.POSITIVE_INFINITY;
  while (isRunning() && batch.length < batchSize && Date.now() < until) {
    const found = await receive(options, Math.min(MOST, batchSize - batch.length));
    batch.push(...found);
    if (batch.length === 0) return batch;
    if (until === Number.POSITIVE_INFINITY) until = Date.now() + windowSeconds * 1000;
  }
  return batch;
}

async function receive({ sqs, queueUrl }: EventSourceMappingOptions, most: number): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: most,
    WaitTimeSeconds: 1,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  });
  const { Messages: messages = [] } = await sqs.send(command);
  return messages;
}

async function work(options: EventSourceMappingOptions, batch: readonly Message[]): Promise<void> {
  const { sqs, queueUrl, target, hurry } = options;
  const outcome = await target.invoke({ Records: batch.map((message) => toRecord(options, message)) });
  const failed = failedOf(outcome, batch);
  for (const part of parts(batch.filter((message) => !failed.includes(message)))) {
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: part.map(toEntry) }));
  }
  if (hurry === undefined || failed.length === 0) return;
  if (outcome.kind === 'ended') await target.skipTime(hurry.visibilityTimeoutSeconds * 1000);
  await sleep(HURRY_MS);
  for (const part of parts(failed)) {
    const entries = part.map((message, index) => ({ ...toEntry(message, index), VisibilityTimeout: 0 }));
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
  }
}

/** The messages of a batch that are not done: all of them where the answer cannot be understood. */
export function failedOf(outcome: Outcome, batch: readonly Message[]): readonly Message[] {
  if (outcome.kind !== 'answered') return batch;
  const { batchItemFailures: failures } = (outcome.payload ?? {}) as { batchItemFailures?: unknown };
  if (failures === undefined || failures === null) return [];
  if (!Array.isArray(failures)) return batch;
  const ids = failures.map((one: { itemIdentifier?: unknown }) => one?.itemIdentifier);
  const found = ids.map((id) => batch.find(({ MessageId }) => MessageId === id));
  return found.includes(undefined) ? batch : found.filter((message) => message !== undefined);
}

function* parts(messages: readonly Message[]): Iterable<readonly Message[]> {
  for (let start = 0; start < messages.length; start += MOST) yield messages.slice(start, start + MOST);
}

function toEntry({ ReceiptHandle }: Message, index: number): { Id: string; ReceiptHandle: string } {
  return { Id: String(index), ReceiptHandle: ReceiptHandle! };
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
function toRecord({ queueArn }: EventSourceMappingOptions, message: Message): object {
  const attributes = Object.entries(message.MessageAttributes ?? {});
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes,
    messageAttributes: Object.fromEntries(attributes.map(([name, value]) => [name, toAttribute(value)])),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3],
  };
}

function toAttribute({ StringValue, DataType }: MessageAttributeValue): object {
  return { stringValue: StringValue, dataType: DataType, stringListValues: [], binaryListValues: [] };
}
