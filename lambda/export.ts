import { TerminalError } from '../lib/errors.ts';

/** One export, its snapshot to its target. */
export async function handler(): Promise<never> {
  throw new TerminalError(
    'NOT_IMPLEMENTED',
    'The function `export` does nothing yet. Deploy a later version.',
  );
}
