import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';

/**
 * Runs work that can end early in good order: the first Ctrl-C makes `interrupted()` true and the command end with 130,
 * the second ends the process where it stands, which every piece of work here survives.
 */
export async function withInterrupt<T>(
  cli: Cli,
  work: (interrupted: () => boolean) => Promise<T>,
  note = 'Stopping after the batch under way. Press Ctrl-C again to stop at once; nothing is lost.',
): Promise<T> {
  let interrupted = false;
  const onSignal = (): void => {
    if (interrupted) process.exit(EXIT.interrupted);
    interrupted = true;
    cli.raise(EXIT.interrupted);
    cli.screen.note(note);
  };
  process.on('SIGINT', onSignal);
  try {
    return await work(() => interrupted);
  } finally {
    process.off('SIGINT', onSignal);
  }
}
