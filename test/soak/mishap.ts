import { happens, type Random } from './random-for.ts';
import { MINUTE, SECOND } from './simulated-time.ts';

/** What a call of a function does beyond itself, step by step. */
export type StepKind = 'statement' | 'file' | 'send' | 'point';

/** What befalls one call, at the n-th step of a kind. Drawn before the call begins. */
export type Mishap =
  /** The process is killed; with `after` when the step was done and nobody heard of it. */
  | { readonly how: 'killed'; readonly at: StepKind; readonly nth: number; readonly when: 'before' | 'after' }
  /** The step fails in a way that may pass; with `after` it was done all the same. */
  | { readonly how: 'failed'; readonly at: StepKind; readonly nth: number; readonly when: 'before' | 'after' }
  /** A statement is ended because it takes too long. */
  | { readonly how: 'slow'; readonly at: 'statement'; readonly nth: number; readonly when: 'before' }
  /** Another worker comes for the same table while this one stands still for so long. */
  | { readonly how: 'rival'; readonly at: 'point'; readonly nth: number; readonly pauseMs: number }
  /** The call is given little time. */
  | { readonly how: 'hurried'; readonly budgetMs: number };

/** Longer than any claim lasts. */
const ASLEEP_MS = 20 * MINUTE;

/** Draws what befalls an ingest; null: nothing does. */
export function ingestMishap(random: Random): Mishap | null {
  if (!happens(random, 300)) return null;
  const when = random.pick(['before', 'after'] as const);
  switch (random.pick(['kill', 'kill', 'kill', 'fail', 'fail', 'slow', 'rival', 'rival', 'hurry'] as const)) {
    case 'kill':
      return happens(random, 600)
        ? { how: 'killed', at: 'point', nth: random.between(1, 10), when: 'before' }
        : {
            how: 'killed',
            at: random.pick(['statement', 'file', 'send'] as const),
            nth: nthOf(random),
            when,
          };
    case 'fail':
      return {
        how: 'failed',
        at: random.pick(['file', 'file', 'statement', 'send'] as const),
        nth: nthOf(random),
        when,
      };
    case 'slow':
      return { how: 'slow', at: 'statement', nth: random.between(8, 30), when: 'before' };
    case 'rival':
      return {
        how: 'rival',
        at: 'point',
        nth: random.between(1, 8),
        pauseMs: happens(random, 600) ? ASLEEP_MS : 0,
      };
    case 'hurry':
      return { how: 'hurried', budgetMs: random.between(1, 12) * 1000 };
  }
}

function nthOf(random: Random): number {
  return random.between(1, happens(random, 500) ? 8 : 40);
}

/** How long an ingest waits for the warehouse, in milliseconds: it may have to start. */
export function warehouseStart(random: Random): number {
  return happens(random, 100) ? random.between(10, 300) * SECOND : 0;
}

/** Draws what befalls the router or the sweep; null: nothing does. */
export function otherMishap(random: Random): Mishap | null {
  if (!happens(random, 150)) return null;
  const how = random.pick(['killed', 'failed'] as const);
  const at = random.pick(['send', 'file', 'statement'] as const);
  return { how, at, nth: random.between(1, 3), when: random.pick(['before', 'after'] as const) };
}

/** When the events of an arrival reach the bell, in milliseconds after it: of none it was lost, two are a repetition. */
export function eventDelays(random: Random): readonly number[] {
  const delay = (): number =>
    happens(random, 60) ? random.between(MINUTE, 20 * MINUTE) : random.between(1, 3000);
  if (happens(random, 80)) return [];
  return happens(random, 60) ? [delay(), delay()] : [delay()];
}
