/** No batch is begun with less time, unless a call has never had as much. */
const LEAST_MS = 60_000;
/** The next batch may be this much larger than the longest so far. */
const GROWTH = 1.5;

/**
 * Whether another batch may be begun: there must be time for one that takes half as long again as the longest of this
 * call, and for a minute in any case, or half of the call where that is shorter. To be asked before each batch.
 *
 * @param timeLeft milliseconds until the call is ended
 */
export function createTimeBudget(timeLeft: () => number): () => boolean {
  const least = Math.min(LEAST_MS, timeLeft() / 2);
  let longest = 0;
  let before: number | null = null;
  return () => {
    const left = timeLeft();
    if (before !== null) longest = Math.max(longest, before - left);
    before = left;
    return left >= Math.max(least, longest * GROWTH);
  };
}
