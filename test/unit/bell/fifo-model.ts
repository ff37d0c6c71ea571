import { ringMessage } from '../../../lib/bell/ring.ts';

/** A file that arrives, and what happens on the way of its event to the queue. Milliseconds. */
export interface Arrival {
  readonly table: string;
  /** When the file is there. */
  readonly at: number;
  /** From the file to the moment when the router looks at its clock. */
  readonly eventDelay: number;
  /** From there until the queue takes the message: slow networks, retries. */
  readonly sendDelay: number;
  /** How far that router's clock is before the true time. */
  readonly clockAhead: number;
}

/** A message that the queue let in. */
export interface Delivery {
  readonly table: string;
  /** When the queue took it. */
  readonly taken: number;
  /** When a consumer that is free lists the table's folder. */
  readonly listed: number;
}

/** How long SQS remembers an id, whether its message is still there or not. */
const REMEMBERED_MS = 300_000;

/** What a FIFO queue delivers that delays every message by `delaySeconds`, when every arrival rings. */
export function deliveries(
  arrivals: readonly Arrival[],
  windowSeconds: number,
  delaySeconds: number,
): Delivery[] {
  const sent = arrivals
    .map(({ table, at, eventDelay, sendDelay, clockAhead }) => {
      const looked = at + eventDelay;
      const message = ringMessage({ table }, looked + clockAhead, windowSeconds);
      return { table, taken: looked + sendDelay, id: message.deduplicationId };
    })
    .sort((a, b) => a.taken - b.taken);
  const lastTaken = new Map<string, number>();
  return sent.flatMap(({ table, taken, id }) => {
    const before = lastTaken.get(id);
    if (before !== undefined && taken - before < REMEMBERED_MS) return [];
    lastTaken.set(id, taken);
    return [{ table, taken, listed: taken + delaySeconds * 1000 }];
  });
}

/** The arrivals that no later listing of their table's folder sees. */
export function missed(arrivals: readonly Arrival[], rung: readonly Delivery[]): Arrival[] {
  return arrivals.filter(({ table, at }) => !rung.some((one) => one.table === table && one.listed >= at));
}
