import { createHash, randomUUID } from 'node:crypto';
import type { AwsReply, Station } from './aws-front.ts';

/** How long SQS remembers the id of a message that it took. */
const MEMORY_MS = 300_000;

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly MessageDeduplicationId?: string;
}

interface Sent {
  readonly QueueUrl: string;
  readonly Entries: readonly Entry[];
}

/**
 * Remembers for five minutes which messages FIFO queues took, also after those were worked on and deleted: SQS does,
 * and the server behind forgets a message's id with the message. To who sends again it says yes and takes nothing.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
 */
export function rememberFifo(): Station {
  const takenAt = new Map<string, number>();
  return async (asked, onward) => {
    if (asked.service !== 'sqs' || asked.action !== 'SendMessageBatch') return onward(asked);
    const sent = JSON.parse(asked.body.toString()) as Sent;
    if (!sent.QueueUrl.endsWith('.fifo')) return onward(asked);
    const idOf = (entry: Entry): string => `${sent.QueueUrl} ${entry.MessageDeduplicationId}`;
    const isNew = (entry: Entry): boolean => (takenAt.get(idOf(entry)) ?? 0) < Date.now() - MEMORY_MS;
    const fresh = sent.Entries.filter(isNew);
    const known = sent.Entries.filter((entry) => !fresh.includes(entry));
    for (const entry of fresh) takenAt.set(idOf(entry), Date.now());
    if (fresh.length === 0) return answer({ Successful: known.map(taken), Failed: [] });
    const reply = await onward({ ...asked, body: Buffer.from(JSON.stringify({ ...sent, Entries: fresh })) });
    if (reply === null || reply.status >= 300) {
      for (const entry of fresh) takenAt.delete(idOf(entry));
      return reply;
    }
    const { Successful = [], Failed = [] } = JSON.parse(reply.body.toString()) as Record<string, object[]>;
    return answer({ Successful: [...Successful, ...known.map(taken)], Failed });
  };
}

/** What SQS says of a message whether it took it or knows it already. */
function taken({ Id, MessageBody }: Entry): object {
  return {
    Id,
    MessageId: randomUUID(),
    MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
  };
}

function answer(body: object): AwsReply {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return { status: 200, headers, body: Buffer.from(JSON.stringify(body)) };
}
