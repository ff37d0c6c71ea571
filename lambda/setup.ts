import { TerminalError } from '../lib/errors.ts';

/** What must exist in the catalog, as a custom resource. */
export async function handler(): Promise<never> {
  throw new TerminalError(
    'NOT_IMPLEMENTED',
    'The function `setup` does nothing yet. Deploy a later version.',
  );
}
