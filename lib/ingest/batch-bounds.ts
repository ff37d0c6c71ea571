import type { BatchConfig } from '../config/config.ts';
import { TransientError } from '../errors.ts';
import { addSeconds } from '../instant.ts';
import type { IngestDeps } from './ingest-deps.ts';

/** How long a batch that took too long keeps the next ones small. After it the full size is tried again. */
const MEMORY_SECONDS = 24 * 3600;

/** True for a statement that was ended because it ran too long: less at once may do. */
export function tookTooLong(error: unknown): boolean {
  return error instanceof TransientError && error.code === 'STATEMENT_TIMEOUT';
}

/** Half of what did not come to its end in time, and never more than the bounds given. */
export function halfOf(batch: { files: number; bytes: number }, bounds: BatchConfig): BatchConfig {
  const half = (size: number): number => Math.max(1, Math.floor(size / 2));
  return {
    maxFiles: Math.min(bounds.maxFiles, half(batch.files)),
    maxBytes: Math.min(bounds.maxBytes, half(batch.bytes)),
  };
}

/** The bounds as set, or smaller where a batch took too long within the last day. */
export async function boundsNow(deps: IngestDeps, bounds: BatchConfig): Promise<BatchConfig> {
  const since = addSeconds(deps.clock.now(), -MEMORY_SECONDS);
  const tooLarge = await deps.ledger.smallestTimedOut(deps.table.name, since);
  return tooLarge === null ? bounds : halfOf(tooLarge, bounds);
}
