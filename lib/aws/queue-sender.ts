import {
  type MessageAttributeValue,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { QueueMessage, QueueSender } from '../bell/queue-sender.ts';
import { TransientError } from '../errors.ts';
import { type RetryOptions, retry } from '../retry.ts';
import { clientSettings } from './client-settings.ts';

/** The part of the SDK's client that is used. */
export type SqsSender = Pick<SQSClient, 'send'>;

/** Messages that SQS takes in one request. */
const BATCH = 10;
/** How long messages that were not taken are sent again. */
const PATIENCE_MS = 10_000;

/**
 * Sends messages in as few requests as SQS allows. Those that were not taken are sent again for some seconds. Throws
 * `TransientError` QUEUE_SEND_FAILED unless all were taken in the end; some may have been.
 */
export function createQueueSender(
  client: SqsSender = new SQSClient(clientSettings()),
  waiting: Pick<RetryOptions, 'sleep' | 'random' | 'now'> = {},
): QueueSender {
  return {
    async send(queueUrl, messages) {
      for (let start = 0; start < messages.length; start += BATCH) {
        let left = messages.slice(start, start + BATCH);
        const sendLeft = async (): Promise<void> => {
          const { left: refused, reasons } = await sendBatch(client, queueUrl, left);
          left = refused;
          if (left.length > 0) throw notTaken(queueUrl, left.length, reasons);
        };
        await retry(sendLeft, { ...waiting, maxMs: PATIENCE_MS });
      }
    },
  };
}

async function sendBatch(
  client: SqsSender,
  queueUrl: string,
  messages: readonly QueueMessage[],
): Promise<{ left: QueueMessage[]; reasons: readonly string[] }> {
  const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: messages.map(toEntry) });
  try {
    const { Failed: failed = [] } = await client.send(command);
    const refused = new Set(failed.map(({ Id: id }) => id));
    return {
      left: messages.filter((_, index) => refused.has(String(index))),
      reasons: [...new Set(failed.map(({ Code: code = 'unknown' }) => code))],
    };
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : 'unknown';
    throw notTaken(queueUrl, messages.length, [name], cause);
  }
}

function toEntry(message: QueueMessage, index: number): SendMessageBatchRequestEntry {
  const { body, groupId, deduplicationId, delaySeconds, attributes } = message;
  return {
    Id: String(index),
    MessageBody: body,
    ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
    ...(deduplicationId === undefined ? {} : { MessageDeduplicationId: deduplicationId }),
    ...(delaySeconds === undefined ? {} : { DelaySeconds: delaySeconds }),
    ...(attributes === undefined ? {} : { MessageAttributes: toAttributes(attributes) }),
  };
}

function toAttributes(attributes: Readonly<Record<string, string>>): Record<string, MessageAttributeValue> {
  const entries = Object.entries(attributes);
  return Object.fromEntries(entries.map(([name, text]) => [name, { DataType: 'String', StringValue: text }]));
}

function notTaken(
  queueUrl: string,
  count: number,
  reasons: readonly string[],
  cause?: unknown,
): TransientError {
  return new TransientError(
    'QUEUE_SEND_FAILED',
    `The queue ${queueUrl} did not take ${count} message(s): ${reasons.join(', ')}. They are sent again with the next try; should that go on, check the queue and the right to send to it.`,
    { context: { queueUrl, count, reasons }, cause },
  );
}
