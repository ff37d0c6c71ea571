import { TerminalError } from '../lib/errors.ts';

/** Waiting files nobody rang for, moves half done, lag. */
export async function handler(): Promise<never> {
  throw new TerminalError(
    'NOT_IMPLEMENTED',
    'The function `sweep` does nothing yet. Deploy a later version.',
  );
}
