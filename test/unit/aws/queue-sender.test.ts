import type { SendMessageBatchCommand, SendMessageBatchRequestEntry, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { createQueueSender, type SqsSender } from '../../../lib/aws/queue-sender.ts';

const URL = 'https://sqs.eu-central-1.amazonaws.com/123456789012/shop-rings.fifo';

/** A service that refuses entries by what `refuses` says, and throws what `down` gives. */
function service({
  refuses = () => false,
  down = () => null,
}: {
  refuses?: (body: string, request: number) => boolean;
  down?: (request: number) => Error | null;
} = {}) {
  const requests: SendMessageBatchRequestEntry[][] = [];
  const send = async (command: SendMessageBatchCommand) => {
    const { QueueUrl: url, Entries: entries = [] } = command.input;
    if (url !== URL) throw new Error(`asked for ${url}`);
    requests.push(entries);
    const error = down(requests.length);
    if (error) throw error;
    const failed = entries.filter(({ MessageBody: body = '' }) => refuses(body, requests.length));
    return { Failed: failed.map(({ Id: id }) => ({ Id: id, Code: 'InternalError', SenderFault: false })) };
  };
  return { requests, client: { send: send as unknown as SQSClient['send'] } satisfies SqsSender };
}

const bodies = (requests: readonly SendMessageBatchRequestEntry[][]) =>
  requests.map((entries) => entries.map(({ MessageBody: body }) => body));
const messages = (count: number) => Array.from({ length: count }, (_, index) => ({ body: `m${index}` }));

describe('createQueueSender', () => {
  it('sends what a message has, and nothing that it has not', async () => {
    const { client, requests } = service();

    await createQueueSender(client).send(URL, [
      { body: 'plain' },
      { body: 'late', delaySeconds: 0 },
      { body: 'fifo', groupId: 'g', deduplicationId: 'd', attributes: { code: 'X', reason: 'why' } },
    ]);

    expect(requests).toEqual([
      [
        { Id: '0', MessageBody: 'plain' },
        { Id: '1', MessageBody: 'late', DelaySeconds: 0 },
        {
          Id: '2',
          MessageBody: 'fifo',
          MessageGroupId: 'g',
          MessageDeduplicationId: 'd',
          MessageAttributes: {
            code: { DataType: 'String', StringValue: 'X' },
            reason: { DataType: 'String', StringValue: 'why' },
          },
        },
      ],
    ]);
  });

  it('sends ten messages at a time, in order, and asks for nothing when there are none', async () => {
    const { client, requests } = service();
    const sender = createQueueSender(client);

    await sender.send(URL, []);
    await sender.send(URL, messages(23));

    expect(requests.map((entries) => entries.length)).toEqual([10, 10, 3]);
    expect(bodies(requests).flat()).toEqual(messages(23).map(({ body }) => body));
  });

  it('sends those again that were not taken', async () => {
    const { client, requests } = service({ refuses: (body, request) => request === 1 && body !== 'm1' });

    await createQueueSender(client).send(URL, messages(3));

    expect(bodies(requests)).toEqual([
      ['m0', 'm1', 'm2'],
      ['m0', 'm2'],
    ]);
  });

  it('sends all again when no answer came', async () => {
    const lost = Object.assign(new Error('gone'), { name: 'TimeoutError' });
    const { client, requests } = service({ down: (request) => (request === 1 ? lost : null) });

    await createQueueSender(client).send(URL, messages(2));

    expect(bodies(requests)).toEqual([
      ['m0', 'm1'],
      ['m0', 'm1'],
    ]);
  });

  it('tells the queue, the number and the reasons when some were not taken in the end, and no body', async () => {
    const { client } = service({ refuses: (body) => body === 'm1' });
    let now = 0;
    const sleep = async (ms: number): Promise<void> => {
      now += ms;
    };
    const patient = { sleep, now: () => now, random: () => 0.5 };

    await expect(createQueueSender(client, patient).send(URL, messages(3))).rejects.toMatchObject({
      name: 'TransientError',
      code: 'QUEUE_SEND_FAILED',
      message: expect.stringMatching(
        /^The queue https:.*rings.fifo did not take 1 message\(s\): InternalError\./,
      ),
      context: { queueUrl: URL, count: 1, reasons: ['InternalError'] },
    });
  });
});
