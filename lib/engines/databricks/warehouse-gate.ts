import type { Logger } from '../../ports.ts';
import type { DatabricksRest } from './rest.ts';
import { awaitWarehouse, warehouseIdIn } from './warehouse-start.ts';

/** Knows whether the warehouse runs, as far as that is known without asking. */
export interface WarehouseGate {
  /** Resolves once it runs; asks when `sure` or when it was doubted. Callers at the same time share one wait. */
  ready(sure: boolean): Promise<void>;
  /** A call said that it does not run. */
  doubt(): void;
}

export interface GateOptions {
  readonly rest: DatabricksRest;
  readonly httpPath: string;
  readonly timeLeft: (() => number) | null;
  readonly sleep: (ms: number) => Promise<void>;
  readonly now: () => number;
  readonly logger: Logger;
}

/** Warehouses with machines of their own take some minutes to start. */
const LONGEST_START_MS = 600_000;

/** A gate for the warehouse in the path; that of a cluster is always open, since a cluster starts when it is called. */
export function createWarehouseGate(options: GateOptions): WarehouseGate {
  const warehouseId = warehouseIdIn(options.httpPath);
  if (warehouseId === null) return { ready: async () => {}, doubt: () => {} };
  const { rest, sleep, now, logger } = options;
  let doubted = false;
  let waiting: Promise<void> | null = null;
  const wait = async (): Promise<void> => {
    const end = now() + LONGEST_START_MS;
    const timeLeft = options.timeLeft ?? (() => end - now());
    await awaitWarehouse({ rest, warehouseId, timeLeft, sleep, logger });
    doubted = false;
  };
  return {
    ready: async (sure) => {
      if (!sure && !doubted) return;
      waiting ??= wait().finally(() => {
        waiting = null;
      });
      await waiting;
    },
    doubt: () => {
      doubted = true;
    },
  };
}
