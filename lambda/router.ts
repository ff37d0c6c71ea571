import { TerminalError } from '../lib/errors.ts';

/** Events of the bucket and calls to messages for tables and exports. */
export async function handler(): Promise<never> {
  throw new TerminalError(
    'NOT_IMPLEMENTED',
    'The function `router` does nothing yet. Deploy a later version.',
  );
}
