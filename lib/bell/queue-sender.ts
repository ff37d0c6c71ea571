/** A message for a queue of the pipeline. */
export interface QueueMessage {
  readonly body: string;
  /** Of a FIFO queue. */
  readonly groupId?: string;
  /** Of a FIFO queue. */
  readonly deduplicationId?: string;
  /** Seconds that the queue holds it back, 0 to 900. Not for FIFO queues, which hold back all alike. */
  readonly delaySeconds?: number;
  /** Short texts beside the body, for whoever looks at the queue. Never empty ones. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Sends messages to queues, any number of them, in as few requests as the service allows. */
export interface QueueSender {
  /** Throws `TransientError` QUEUE_SEND_FAILED unless every message was taken. Sending again is harmless. */
  send(queueUrl: string, messages: readonly QueueMessage[]): Promise<void>;
}
