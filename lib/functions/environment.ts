import { TerminalError } from '../errors.ts';
import type { FunctionScope } from './function-scope.ts';

/** The value of a variable that a deploy sets. Throws `TerminalError` FUNCTION_ENVIRONMENT where it does not. */
export function deployedValue({ env }: Pick<FunctionScope, 'env'>, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new TerminalError(
    'FUNCTION_ENVIRONMENT',
    `Environment variable ${name} is not set, which a deploy does. Deploy the pipeline again.`,
  );
}
