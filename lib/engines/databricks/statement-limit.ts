import { TransientError } from '../../errors.ts';

/** With less time than this no statement is begun. */
export const LEAST_MS = 5_000;
/** Kept back for hearing how the statement ended. */
const MARGIN_MS = 2_000;

/**
 * Seconds that a statement may run: `statementSeconds`, or less when whoever runs us is stopped before. Rounded down in
 * steps that grow with the time, so that a session need not be told a new limit before every statement. Throws
 * `TransientError` TIME_IS_UP when there is no time to begin one. Pure.
 *
 * @param timeLeftMs time until we are stopped, or null for no such end
 */
export function statementLimit(statementSeconds: number, timeLeftMs: number | null): number {
  if (timeLeftMs === null) return statementSeconds;
  if (timeLeftMs < LEAST_MS) {
    throw new TransientError('TIME_IS_UP', 'There is no time left to begin another statement. Run again.', {
      context: { timeLeftMs },
    });
  }
  const seconds = Math.floor((timeLeftMs - MARGIN_MS) / 1_000);
  return Math.min(statementSeconds, seconds - (seconds % stepFor(seconds)));
}

/** The time that a try may come later without anybody noticing: every claim has it to spare. */
const UNNOTICED_MS = 5_000;

/**
 * Seconds that another try of a statement may take, so that all tries together end within the time of one: a claim
 * outlasts no more than that. Throws `TransientError` TIME_IS_UP when more than half of it is over: what would be left
 * says nothing of how much is too much for one statement. Pure.
 *
 * @param spentMs time since the first try began
 */
export function leftForTry(statementSeconds: number, spentMs: number): number {
  if (spentMs < UNNOTICED_MS) return statementSeconds;
  const left = statementSeconds - Math.ceil(spentMs / 1_000);
  if (left * 2 >= statementSeconds) return left;
  throw new TransientError(
    'TIME_IS_UP',
    `Before a statement could begin that changes something, more than half of its ${statementSeconds} s were over. Run again.`,
    { context: { spentMs } },
  );
}

function stepFor(seconds: number): number {
  if (seconds >= 300) return 60;
  if (seconds >= 120) return 30;
  if (seconds >= 30) return 10;
  return seconds >= 10 ? 5 : 1;
}

/**
 * Milliseconds after which we cancel a statement ourselves: the warehouse counts from when it begins to run it, not
 * from when it queued it. Pure.
 */
export function guardMs(limitSeconds: number, timeLeftMs: number | null): number {
  const late = limitSeconds * 1_000 + 5_000;
  return timeLeftMs === null ? late : Math.min(late, Math.max(timeLeftMs - 1_000, 0));
}
