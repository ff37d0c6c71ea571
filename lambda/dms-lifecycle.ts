import { TerminalError } from '../lib/errors.ts';

/** Stops and starts replications around changes, as a custom resource. */
export async function handler(): Promise<never> {
  throw new TerminalError(
    'NOT_IMPLEMENTED',
    'The function `dms-lifecycle` does nothing yet. Deploy a later version.',
  );
}
