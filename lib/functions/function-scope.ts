import type { QueueSender } from '../bell/queue-sender.ts';
import type { Config, TableConfig } from '../config/config.ts';
import type { MetricDefinition, MetricSubject } from '../metrics.ts';
import type { Clock, Faults, FileStore, Logger } from '../ports.ts';
import type { Workspace } from '../workspace.ts';

export type { QueueMessage, QueueSender } from '../bell/queue-sender.ts';

/** Takes samples of metrics; they are published when the call of the function ends. */
export interface MetricSink {
  /** One sample, for the pipeline and, where the metric's scope has one, for the subject too. */
  add(metric: MetricDefinition, value: number, subject?: Omit<MetricSubject, 'pipeline'>): void;
}

/** What every function works with, also one that asks no warehouse. */
export interface BaseScope {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly faults: Faults;
  readonly queues: QueueSender;
  readonly metrics: MetricSink;
}

/** What the bodies of the functions work with: everything from outside, so that tests can put other parts in. */
export interface FunctionScope extends BaseScope {
  /**
   * The warehouse and the bucket, open. Kept for later calls of a warm process, therefore never closed by who asks.
   *
   * @param timeLeft milliseconds until this call is ended
   */
  workspace(timeLeft: () => number): Promise<Workspace>;
  /** The files of a table, also where the warehouse cannot be opened. */
  store(table: TableConfig): FileStore;
}
