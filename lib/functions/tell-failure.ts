import { isTransient, type PipelineError } from '../errors.ts';
import type { Logger } from '../ports.ts';

/**
 * Logs an error with its code, its text, which says what to do, and where it came from: as a warning where trying again
 * may help, else as something that a person has to mend.
 */
export function tellFailure(
  logger: Logger,
  doing: string,
  error: PipelineError,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  const { code, message, context } = error;
  const line = { ...fields, code, reason: message, context };
  if (isTransient(error)) logger.warn(`could not ${doing}; it is tried again`, line);
  else (logger.error ?? logger.warn)(`could not ${doing}`, { ...line, ...origin(error) });
}

/** Frames only: the texts of causes may quote what nobody checked. */
function origin(error: PipelineError): { stack: string[]; cause?: string; causeStack?: string[] } {
  const { cause } = error;
  if (!(cause instanceof Error)) return { stack: framesOf(error) };
  return { stack: framesOf(error), cause: cause.name, causeStack: framesOf(cause) };
}

function framesOf({ stack = '' }: Error): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim());
}
