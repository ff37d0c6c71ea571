import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** A message that was put aside. */
export interface DeadLetter {
  readonly body: string;
  /** Code of the error beside it, or null where SQS put it aside because it failed too often. */
  readonly code: string | null;
}

/** Takes every message out of a queue of dead letters. */
export async function receiveAll(sqs: SQSClient, url: string): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  const command = new ReceiveMessageCommand({
    QueueUrl: url,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: 0,
    MessageAttributeNames: ['All'],
  });
  for (;;) {
    const { Messages: messages = [] } = await sqs.send(command);
    if (messages.length === 0) return letters;
    for (const { Body: body = '', ReceiptHandle, MessageAttributes: attributes = {} } of messages) {
      letters.push({ body, code: attributes.code?.StringValue ?? null });
      await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    }
  }
}
