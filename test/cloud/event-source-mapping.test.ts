import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithMoto } from '../helpers/describe-with-moto.ts';
import { functionOf } from './echo-function.ts';
import { type EventSourceMapping, startEventSourceMapping } from './event-source-mapping.ts';
import type { LocalFunction } from './local-function.ts';
import { type LocalAws, openLocalAws } from './local-aws.ts';
import { receiveAll } from './receive-all.ts';

interface Queue {
  readonly url: string;
  readonly arn: string;
}

let queues = 0;

async function makeQueue(sqs: SQSClient, attributes: Record<string, string> = {}): Promise<Queue> {
  queues += 1;
  const QueueName = `q${queues}${attributes.FifoQueue ? '.fifo' : ''}`;
  const { QueueUrl: url = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName, Attributes: attributes }),
  );
  const { Attributes: found = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  return { url, arn: found.QueueArn! };
}

async function send(
  sqs: SQSClient,
  { url }: Queue,
  bodies: readonly string[],
  group?: string,
): Promise<void> {
  const Entries = bodies.map((body, index) => ({
    Id: String(index),
    MessageBody: body,
    ...(group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: `${group}${body}` }),
  }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
}

/** Tells of each message by its body, and what a message with a word in it asks for. */
const WORKER = `
export const handler = async ({ Records }) => {
  for (const { body } of Records) {
    console.log(JSON.stringify({ body, at: Date.now() }));
    if (body.startsWith('slow')) await new Promise((resolve) => setTimeout(resolve, 400));
    console.log(JSON.stringify({ done: body }));
  }
  const bad = Records.filter(({ body }) => body.includes('bad'));
  if (bad.some(({ body }) => body.includes('throw'))) throw new Error('no');
  return { batchItemFailures: bad.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

describeWithMoto('a function that reads a queue', (moto) => {
  let aws: LocalAws;
  let worker: LocalFunction;
  let mapping: EventSourceMapping | undefined;

  beforeAll(async () => {
    aws = await openLocalAws(moto());
  });
  afterEach(async () => {
    await mapping?.stop();
    await worker?.stop();
  });
  afterAll(() => aws?.close());

  const read = async (queue: Queue, { batchSize = 10, windowSeconds = 0 } = {}): Promise<void> => {
    worker = await functionOf(WORKER);
    mapping = startEventSourceMapping({
      sqs: aws.sqs,
      queueUrl: queue.url,
      queueArn: queue.arn,
      target: worker,
      batchSize,
      windowSeconds,
      concurrency: 2,
      hurry: { visibilityTimeoutSeconds: 30 },
    });
  };
  const begun = (): string[] =>
    worker.lines.flatMap(({ body }) => (body === undefined ? [] : [String(body)]));

  it('gets messages again that it named, and only those', async () => {
    const queue = await makeQueue(aws.sqs);
    await send(aws.sqs, queue, ['a', 'bad', 'c']);
    await read(queue, { windowSeconds: 1 });

    await expect.poll(() => begun().filter((body) => body === 'bad').length, { timeout: 10_000 }).toBe(2);
    expect(
      begun()
        .filter((body) => body !== 'bad')
        .sort(),
    ).toEqual(['a', 'c']);
  });

  it('loses none of a batch that it failed as a whole', async () => {
    const queue = await makeQueue(aws.sqs);
    await send(aws.sqs, queue, ['a', 'bad throw']);
    await read(queue, { windowSeconds: 1 });

    await expect.poll(() => begun().filter((body) => body === 'a').length, { timeout: 10_000 }).toBe(2);
  });

  it('does not see a message again that failed as often as the queue allows', async () => {
    const deadLetters = await makeQueue(aws.sqs);
    const policy = { deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 2 };
    const queue = await makeQueue(aws.sqs, { RedrivePolicy: JSON.stringify(policy) });
    await send(aws.sqs, queue, ['bad']);
    await read(queue);

    const found: unknown[] = [];
    const look = async () => found.push(...(await receiveAll(aws.sqs, deadLetters.url)));
    await expect.poll(look, { timeout: 10_000 }).toBe(1);
    expect(begun()).toEqual(['bad', 'bad']);
    expect(found).toEqual([{ body: 'bad', code: null }]);
  });

  it('works on messages of a group one after the other, and on groups side by side', async () => {
    const queue = await makeQueue(aws.sqs, { FifoQueue: 'true' });
    await send(aws.sqs, queue, ['slow a1', 'slow a2', 'slow a3'], 'a');
    await send(aws.sqs, queue, ['slow b1', 'slow b2'], 'b');
    await read(queue, { batchSize: 1 });

    await expect.poll(() => worker.lines.filter(({ done }) => done).length, { timeout: 15_000 }).toBe(5);
    const told = worker.lines.map(({ body, done }) => (body === undefined ? `done ${done}` : String(body)));
    const ofGroup = (group: string) => told.filter((line) => line.includes(` ${group}`));
    expect(ofGroup('a')).toEqual([
      'slow a1',
      'done slow a1',
      'slow a2',
      'done slow a2',
      'slow a3',
      'done slow a3',
    ]);
    expect(ofGroup('b')).toEqual(['slow b1', 'done slow b1', 'slow b2', 'done slow b2']);
    expect(told.indexOf('slow b1')).toBeLessThan(told.indexOf('done slow a1'));
  });

  it('gets a message of a FIFO queue once, also when it is sent again after it was done', async () => {
    const queue = await makeQueue(aws.sqs, { FifoQueue: 'true' });
    await read(queue, { batchSize: 1 });
    await send(aws.sqs, queue, ['one'], 'g');
    await expect.poll(() => begun(), { timeout: 10_000 }).toEqual(['one']);

    await send(aws.sqs, queue, ['one'], 'g');
    await send(aws.sqs, queue, ['one', 'two'], 'g');

    await expect.poll(() => begun(), { timeout: 10_000 }).toEqual(['one', 'two']);
  });

  it('gets a message no sooner than the queue says', async () => {
    const queue = await makeQueue(aws.sqs, { FifoQueue: 'true', DelaySeconds: '2' });
    const since = Date.now();
    await send(aws.sqs, queue, ['late'], 'g');
    await read(queue, { batchSize: 1 });

    await expect.poll(() => worker.lines.length, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(Number(worker.lines[0]!.at) - since).toBeGreaterThanOrEqual(1_900);
  });
});
