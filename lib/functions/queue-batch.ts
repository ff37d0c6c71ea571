import { BELL_ENVIRONMENT } from '../bell/environment.ts';
import { groupId } from '../bell/fifo-message.ts';
import { type PipelineError, toPipelineError } from '../errors.ts';
import { deployedValue } from './environment.ts';
import type { FunctionScope } from './function-scope.ts';
import { tellFailure } from './tell-failure.ts';

/** A message as a queue hands it to a function. */
export interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes?: {
    /** A number as text: 1 the first time. */
    readonly ApproximateReceiveCount?: string;
    /** Milliseconds since 1970 as text. */
    readonly SentTimestamp?: string;
    /** Of a FIFO queue. */
    readonly MessageGroupId?: string;
  };
}

/** Which messages the queue shows again later; it forgets the others. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** The answer that has the queue show these messages again. */
export function failed(records: readonly QueueRecord[]): BatchResponse {
  return { batchItemFailures: records.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

/** True when the message was handed out before, and nobody said that it was done. */
export function isRedelivered({ attributes }: QueueRecord): boolean {
  return Number(attributes?.ApproximateReceiveCount ?? 1) > 1;
}

/**
 * Puts a message that no repetition can mend aside, with the reason beside it, so that it can be sent again as it is
 * once that was mended; logs it, too. Throws what sending throws: then the queue shows the message again.
 */
export async function putAside(
  scope: Pick<FunctionScope, 'env' | 'queues' | 'logger'>,
  { messageId, body, attributes }: QueueRecord,
  thrown: unknown,
): Promise<void> {
  const error = toPipelineError(thrown);
  tellFailure(scope.logger, 'work on a message', error, { messageId });
  const group = attributes?.MessageGroupId;
  const url = deployedValue(scope, BELL_ENVIRONMENT.deadLetterQueueUrl);
  const fifo = group === undefined ? {} : { groupId: group, deduplicationId: groupId(messageId) };
  await scope.queues.send(url, [{ body, ...fifo, attributes: reasonOf(error) }]);
}

const MAX_REASON_LENGTH = 2_000;

/** Only what a message may hold. */
function reasonOf({ code, message }: PipelineError): Record<string, string> {
  const reason = message.replace(/[^\t\n\r -\uD7FF\uE000-\uFFFD]/g, '?').slice(0, MAX_REASON_LENGTH);
  return { code, reason: reason || code };
}
