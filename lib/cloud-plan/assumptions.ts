/** One number that nobody knows beforehand. */
export interface Assumption {
  readonly value: number;
  /** What it counts, in words, with the unit. */
  readonly meaning: string;
}

/**
 * What costs are calculated from besides configuration and prices. Round numbers of an ordinary pipeline; a person's own
 * are better.
 */
export const ASSUMPTIONS = {
  hoursPerMonth: { value: 730, meaning: 'hours in a month' },
  changesPerFile: { value: 5000, meaning: 'changes in a file' },
  filesPerBatch: { value: 2, meaning: 'files that one run applies together' },
  bytesPerChange: { value: 150, meaning: 'bytes of a change in a file, compressed' },
  warehouseSecondsPerBatch: { value: 15, meaning: 'seconds that the warehouse works on a batch' },
  warehouseStopMinutes: { value: 10, meaning: 'minutes that an idle warehouse waits before it stops' },
  ingestSecondsPerBatch: { value: 20, meaning: 'seconds that the ingest function runs for a batch' },
  secondsPerLook: { value: 1, meaning: 'seconds that it runs to find that nothing waits' },
  sweepsPerMonth: { value: 2920, meaning: 'runs of the sweep in a month; they wake no warehouse' },
  sweepSeconds: { value: 30, meaning: 'seconds that the sweep runs' },
  exportMinutes: { value: 2, meaning: 'minutes that the warehouse works for an export' },
  exportSteps: {
    value: 12,
    meaning: 'steps of a state machine for a table that an export sends in parts; 0 where none is so large',
  },
  cronRunsPerMonth: { value: 30, meaning: 'runs in a month of a schedule written as cron(...)' },
  pollsPerQueueHour: { value: 900, meaning: 'times in an hour that Lambda asks an empty queue' },
  logBytesPerRun: { value: 5000, meaning: 'bytes of logs of a run' },
} as const satisfies Readonly<Record<string, Assumption>>;

export type AssumptionName = keyof typeof ASSUMPTIONS;

/** The numbers to calculate with. */
export type AssumedNumbers = Readonly<Record<AssumptionName, number>>;

/** True for a name in the table. */
export function isAssumptionName(name: string): name is AssumptionName {
  return Object.hasOwn(ASSUMPTIONS, name);
}

/**
 * DBU an hour of a serverless SQL warehouse of one cluster, by its size.
 *
 * @see https://www.databricks.com/product/pricing/databricks-sql
 */
export const WAREHOUSE_SIZES = {
  '2X-Small': 4,
  'X-Small': 6,
  Small: 12,
  Medium: 24,
  Large: 40,
  'X-Large': 80,
  '2X-Large': 144,
  '3X-Large': 272,
  '4X-Large': 528,
} as const;

export type WarehouseSize = keyof typeof WAREHOUSE_SIZES;
