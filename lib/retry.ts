import { isTransient, PipelineError } from './errors.ts';

/** How long, how often and on what to try again. Times are milliseconds. */
export interface RetryOptions {
  /** Longest time for all tries together. @default 300000 where `timeLeft` is not given, else no bound of its own */
  readonly maxMs?: number;
  /** Time until whoever runs us is stopped. */
  readonly timeLeft?: () => number;
  /** Time that a try needs; with less left none is begun. @default 0 */
  readonly leastMs?: number;
  /** @default every transient error */
  readonly shouldRetry?: (error: unknown) => boolean;
  /** Told before each wait. */
  readonly onRetry?: (error: unknown, delayMs: number) => void;
  readonly sleep?: (ms: number) => Promise<void>;
  /** From 0 up to 1. */
  readonly random?: () => number;
  readonly now?: () => number;
}

const BASE_MS = 500;
const CAP_MS = 30_000;
const DEFAULT_MAX_MS = 300_000;

/**
 * Does `work` until it succeeds, with exponential backoff and full jitter: before the n-th new try it waits a random
 * part of `500 ms · 2^(n-1)`, at most 30 s. A transient error whose context has `retryAfterMs` is waited for at least
 * that long. Throws the last error when it is not to be retried, or when the wait would leave
 * no time for another try.
 */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { shouldRetry = isTransient, onRetry, sleep = pause, random = Math.random, now = Date.now } = options;
  const leastMs = options.leastMs ?? 0;
  const start = now();
  const left = (): number => {
    const maxMs = options.maxMs ?? (options.timeLeft ? Number.POSITIVE_INFINITY : DEFAULT_MAX_MS);
    return Math.min(maxMs - (now() - start), options.timeLeft?.() ?? Number.POSITIVE_INFINITY);
  };
  for (let failures = 0; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      if (!shouldRetry(error)) throw error;
      const delayMs = backoffMs(failures, retryAfterMs(error), random);
      if (left() - delayMs <= leastMs) throw error;
      onRetry?.(error, delayMs);
      await sleep(delayMs);
    }
  }
}

function backoffMs(failures: number, afterMs: number, random: () => number): number {
  const jitter = random() * Math.min(CAP_MS, BASE_MS * 2 ** failures);
  // The server says when it will be ready to everybody at once, so jitter goes on top.
  return Math.round(afterMs > 0 ? afterMs + random() * BASE_MS : jitter);
}

function retryAfterMs(error: unknown): number {
  const value = error instanceof PipelineError ? error.context.retryAfterMs : undefined;
  return typeof value === 'number' && value > 0 ? value : 0;
}

/** Resolves after `ms` milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
