import { TerminalError } from '../errors.ts';

/**
 * Seconds by which the clocks of two functions may differ, and how long after a window's end its message is still
 * held back. Lambda's clocks are kept within fractions of a second.
 */
export const CLOCK_MARGIN_SECONDS = 5;

/** A queue delays a message by at most 900 seconds. */
const MAX_DELAY_SECONDS = 900;

/** Longest window: its delay still fits into what a queue can do. */
export const MAX_WINDOW_SECONDS = MAX_DELAY_SECONDS - CLOCK_MARGIN_SECONDS;

/** Number of the window that an instant lies in. Windows begin at 1970-01-01T00:00:00Z and follow without a gap. */
export function windowIndex(nowMs: number, windowSeconds: number): number {
  return Math.floor(nowMs / (assertWindow(windowSeconds) * 1000));
}

/**
 * Seconds by which the queue of the rings delays every message: from any moment of a window past its end. Whoever
 * comes later in the window and is left out as a repetition is then seen by the one message that was let in.
 */
export function ringDelaySeconds(windowSeconds: number): number {
  return assertWindow(windowSeconds) + CLOCK_MARGIN_SECONDS;
}

/** Whole seconds from an instant until the end of its window is past on every clock. At most `ringDelaySeconds`. */
export function secondsToWindowEnd(nowMs: number, windowSeconds: number): number {
  const endMs = (windowIndex(nowMs, windowSeconds) + 1) * windowSeconds * 1000;
  return Math.ceil((endMs - nowMs) / 1000) + CLOCK_MARGIN_SECONDS;
}

/** The length of a window. Throws `TerminalError` BELL_WINDOW_INVALID unless it is whole seconds from 1 to 895. */
export function assertWindow(windowSeconds: number): number {
  if (Number.isInteger(windowSeconds) && windowSeconds >= 1 && windowSeconds <= MAX_WINDOW_SECONDS) {
    return windowSeconds;
  }
  throw new TerminalError(
    'BELL_WINDOW_INVALID',
    `A bell cannot collect for ${windowSeconds} seconds. Use whole seconds from 1 to ${MAX_WINDOW_SECONDS}: a queue delays a message by at most ${MAX_DELAY_SECONDS}.`,
  );
}
