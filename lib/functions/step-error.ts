import { isTransient, toPipelineError } from '../errors.ts';

/** Names by which the state machine tells what it tries again. */
export const STEP_ERRORS = { transient: 'TransientError', terminal: 'TerminalError' } as const;

/** Does a step; what it throws instead is fit for Step Functions, which knows errors by their names. */
export async function forStep<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (thrown) {
    const { code, message } = toPipelineError(thrown);
    const error = new Error(`${code}: ${message}`);
    error.name = isTransient(thrown) ? STEP_ERRORS.transient : STEP_ERRORS.terminal;
    throw error;
  }
}

/**
 * The code of the error of ours that ended an execution, from what Step Functions tells; the name that it has itself for
 * anything else, such as a function that was killed.
 */
export function codeOf({
  Error: name = 'UNKNOWN',
  Cause: cause = '',
}: {
  Error?: string;
  Cause?: string;
}): string {
  const [, code] = /"errorMessage"\s*:\s*"([A-Z][A-Z0-9_]*): /.exec(cause) ?? [];
  return code ?? name;
}
