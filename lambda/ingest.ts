import { TerminalError } from '../lib/errors.ts';

/** One table, its waiting files to its history. */
export async function handler(): Promise<never> {
  throw new TerminalError(
    'NOT_IMPLEMENTED',
    'The function `ingest` does nothing yet. Deploy a later version.',
  );
}
