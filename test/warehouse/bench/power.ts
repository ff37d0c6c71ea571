/** States a warehouse has by its REST interface. */
export type WarehouseState = 'STOPPED' | 'STARTING' | 'RUNNING';

/** Whether the warehouse is on. Only the bridge's answers depend on it; Spark itself keeps running. */
export interface Power {
  state(): WarehouseState;
  /** Starts it; it runs after `startMs`. Nothing happens when it starts or runs already. */
  start(): void;
  stop(): void;
  /** How long a start takes from now on, in milliseconds. */
  startMs: number;
}

/** A warehouse that runs. */
export function createPower(): Power {
  let runningSince: number | null = 0;
  const power: Power = {
    startMs: 1_000,
    state: () => {
      if (runningSince === null) return 'STOPPED';
      return Date.now() >= runningSince ? 'RUNNING' : 'STARTING';
    },
    start: () => {
      runningSince ??= Date.now() + power.startMs;
    },
    stop: () => {
      runningSince = null;
    },
  };
  return power;
}
