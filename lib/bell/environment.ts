/**
 * Environment variables by which functions find each other. Read by the functions and by the constructs that make them.
 */
export const BELL_ENVIRONMENT = {
  /** URL of the queue that every trigger sends to and the router reads. */
  bellQueueUrl: 'TIDEMARK_BELL_QUEUE_URL',
  /** URL of the FIFO queue of tables to ingest. */
  ringQueueUrl: 'TIDEMARK_RING_QUEUE_URL',
  /** Seconds that a table's bell collects arrivals: the window of `ringMessage`. */
  windowSeconds: 'TIDEMARK_WINDOW_SECONDS',
  /** URL of the FIFO queue of exports that run outside of the network. */
  exportQueueUrl: 'TIDEMARK_EXPORT_QUEUE_URL',
  /** The same for exports that run inside of it. */
  networkExportQueueUrl: 'TIDEMARK_NETWORK_EXPORT_QUEUE_URL',
  /** ARN of the state machine that sends an export in parts. */
  exportMachineArn: 'TIDEMARK_EXPORT_MACHINE_ARN',
  /** URL of the dead-letter queue of the queue that a function works on, for what no repetition can mend. */
  deadLetterQueueUrl: 'TIDEMARK_DEAD_LETTER_QUEUE_URL',
} as const;
