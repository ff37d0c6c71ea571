import { PipelineError, TerminalError, TransientError } from '../errors.ts';
import { isServerError } from '../targets/postgres/errors.ts';

/** SQLSTATEs that pass by themselves: connections, resources, a slot that another session still has. */
const PASSING = /^(08|53|57P0|55006)/;

/**
 * Any error of driver, socket or source as one of ours: `CAPTURE_CONNECTION_LOST` or `CAPTURE_SOURCE_FAILED`. An error
 * of the server is told by its message and SQLSTATE alone, since details may quote row values.
 */
export function toSourceError(error: unknown, doing: string): PipelineError {
  if (error instanceof PipelineError) return error;
  const failed = `Capture: ${doing} failed`;
  if (isServerError(error)) {
    const Kind = PASSING.test(error.code) ? TransientError : TerminalError;
    const about = error.code.startsWith('22') ? '' : `: ${error.message}`;
    const hint = 'See the message of the server';
    return new Kind('CAPTURE_SOURCE_FAILED', `${failed}${about} (SQLSTATE ${error.code}). ${hint}.`, {
      context: { sqlState: error.code },
    });
  }
  const { message } = error instanceof Error ? error : { message: String(error) };
  const hint =
    'Check that the source runs and can be reached, then start again: capture goes on where it was';
  return new TransientError('CAPTURE_CONNECTION_LOST', `${failed}: ${message}. ${hint}.`, { cause: error });
}
