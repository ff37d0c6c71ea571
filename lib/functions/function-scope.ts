import type { Config } from '../config/config.ts';
import type { MetricDefinition, MetricSubject } from '../metrics.ts';
import type { Clock, Faults, Logger } from '../ports.ts';
import type { Workspace } from '../workspace.ts';

/** A message for a queue of the pipeline. */
export interface QueueMessage {
  readonly body: string;
  /** Of a FIFO queue. */
  readonly groupId?: string;
  /** Of a FIFO queue. */
  readonly deduplicationId?: string;
  /** Seconds that the queue holds it back, 0 to 900. Not for FIFO queues, which hold back all alike. */
  readonly delaySeconds?: number;
}

/** Sends messages to queues, any number of them, in as few requests as the service allows. */
export interface QueueSender {
  /** Throws `TransientError` QUEUE_SEND_FAILED unless every message was taken. Sending again is harmless. */
  send(queueUrl: string, messages: readonly QueueMessage[]): Promise<void>;
}

/** Takes samples of metrics; they are published when the call of the function ends. */
export interface MetricSink {
  /** One sample, for the pipeline and, where the metric's scope has one, for the subject too. */
  add(metric: MetricDefinition, value: number, subject?: Omit<MetricSubject, 'pipeline'>): void;
}

/** What the bodies of the functions work with: everything from outside, so that tests can put other parts in. */
export interface FunctionScope {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly faults: Faults;
  readonly queues: QueueSender;
  readonly metrics: MetricSink;
  /**
   * The warehouse and the bucket, open. Kept for later calls of a warm process, therefore never closed by who asks.
   *
   * @param timeLeft milliseconds until this call is ended
   */
  workspace(timeLeft: () => number): Promise<Workspace>;
}
