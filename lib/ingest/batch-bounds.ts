import type { BatchConfig } from '../config/config.ts';
import { TransientError } from '../errors.ts';
import type { TimedOut } from '../ledger/read-head.ts';

/** True for a statement that was ended because it ran too long: less at once may do. */
export function tookTooLong(error: unknown): boolean {
  return error instanceof TransientError && error.code === 'STATEMENT_TIMEOUT';
}

/** Half of what did not come to its end in time, and never more than the bounds given. */
export function halfOf(batch: TimedOut, bounds: BatchConfig): BatchConfig {
  const half = (size: number): number => Math.max(1, Math.floor(size / 2));
  return {
    maxFiles: Math.min(bounds.maxFiles, half(batch.files)),
    maxBytes: Math.min(bounds.maxBytes, half(batch.bytes)),
  };
}

/** The bounds as set, or smaller where a batch took too long. */
export function boundsAfter(tooLarge: TimedOut | null, bounds: BatchConfig): BatchConfig {
  return tooLarge === null ? bounds : halfOf(tooLarge, bounds);
}
