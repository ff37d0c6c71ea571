import type { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { type BellPlace, createBellClient } from '../../../lib/aws/bell-client.ts';

const PLACE: BellPlace = { queue: 'shop-bell', region: 'eu-central-1', account: '123456789012' };
const URL = 'https://sqs.eu-central-1.amazonaws.com/123456789012/shop-bell';

/** SQS with the queue, which fails one kind of call where that is said. */
function service(fails: Readonly<Record<string, Error>> = {}) {
  const asked: unknown[] = [];
  const send = async (command: { constructor: { name: string }; input: object }) => {
    const name = command.constructor.name.replace(/Command$/, '');
    asked.push([name, command.input]);
    const error = fails[name];
    if (error) throw error;
    return name === 'GetQueueUrl' ? { QueueUrl: URL } : {};
  };
  return { asked, client: { send: send as unknown as SQSClient['send'] } };
}
const named = (name: string, more = {}) => Object.assign(new Error('words'), { name, ...more });

describe('createBellClient', () => {
  it('finds the queue by its name and sends each call as a message', async () => {
    const { asked, client } = service();

    await createBellClient(PLACE, client).ring(['{"ring":"all"}', '{"export":["crm"]}']);

    expect(asked).toEqual([
      ['GetQueueUrl', { QueueName: 'shop-bell', QueueOwnerAWSAccountId: '123456789012' }],
      ['SendMessage', { QueueUrl: URL, MessageBody: '{"ring":"all"}' }],
      ['SendMessage', { QueueUrl: URL, MessageBody: '{"export":["crm"]}' }],
    ]);
  });

  it('looks in the account of whoever asks where the configuration names none', async () => {
    const { asked, client } = service();
    const { account: _account, ...place } = PLACE;

    await createBellClient(place, client).ring([]);

    expect(asked).toEqual([['GetQueueUrl', { QueueName: 'shop-bell' }]]);
  });

  it.each([
    [
      'GetQueueUrl',
      named('QueueDoesNotExist'),
      'TerminalError',
      'BELL_MISSING',
      'There is no queue shop-bell in eu-central-1 of account 123456789012. Deploy the pipeline first (npx cdk deploy --all); --here does the work on this machine instead.',
    ],
    [
      'GetQueueUrl',
      named('AccessDenied'),
      'TerminalError',
      'BELL_DENIED',
      'The bell shop-bell in eu-central-1 of account 123456789012 may not be rung: access denied. Give whoever runs this the right sqs:GetQueueUrl on arn:aws:sqs:eu-central-1:123456789012:shop-bell.',
    ],
    [
      'SendMessage',
      named('AccessDeniedException'),
      'TerminalError',
      'BELL_DENIED',
      'The bell shop-bell in eu-central-1 of account 123456789012 may not be rung: access denied. Give whoever runs this the right sqs:SendMessage on arn:aws:sqs:eu-central-1:123456789012:shop-bell.',
    ],
    [
      'SendMessage',
      named('KmsAccessDenied'),
      'TerminalError',
      'BELL_DENIED',
      'The messages of shop-bell in eu-central-1 of account 123456789012 are encrypted by a key that cannot be used (KmsAccessDenied). Give whoever runs this kms:GenerateDataKey and kms:Decrypt on it.',
    ],
    [
      'SendMessage',
      named('Error', { code: 'ECONNRESET' }),
      'TransientError',
      'BELL_UNAVAILABLE',
      'The bell shop-bell in eu-central-1 of account 123456789012 could not be rung just now: ECONNRESET. Run again.',
    ],
    [
      'SendMessage',
      named('InvalidMessageContents'),
      'TerminalError',
      'BELL_REFUSED',
      'The bell shop-bell in eu-central-1 of account 123456789012 was not rung: InvalidMessageContents. Check name, region and credentials.',
    ],
  ])('tells of %s failing with %s', async (call, error, name, code, message) => {
    const ringing = createBellClient(PLACE, service({ [call]: error }).client).ring(['{"ring":"all"}']);

    await expect(ringing).rejects.toMatchObject({ name, code, message });
  });
});
