import { createHash } from 'node:crypto';

/** A message for a FIFO queue. */
export interface FifoMessage {
  readonly body: string;
  /** Messages of one group are worked on one after the other; groups side by side. */
  readonly groupId: string;
  /** The queue takes one message of an id in five minutes, and says yes to the others too. */
  readonly deduplicationId: string;
}

/** What SQS allows in such an id, and short enough to leave room for what follows it in 128 characters. */
const PLAIN = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,90}$/;

const HASHED = 'sha256:';

/**
 * The message group of a table or an export: its name, or a hash of it where SQS does not allow the name, it is too
 * long, or it looks like such a hash. Different names have different groups.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function groupId(name: string): string {
  if (PLAIN.test(name) && !name.startsWith(HASHED)) return name;
  return HASHED + createHash('sha256').update(name).digest('hex');
}
