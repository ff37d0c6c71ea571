/**
 * What a handler is made of: a scope, opened once for each process and kept for the calls that follow, and one body.
 *
 *     export const handler = (event, call) => runFunction(call, (scope, timeLeft) => body(scope, event, timeLeft));
 *
 * A function that asks no warehouse says `runBase` of open-base.ts instead, and carries no driver.
 */
import type { FunctionScope } from './function-scope.ts';
import { type FunctionCall, runBase } from './open-base.ts';
import { openFunction } from './open-function.ts';

export type { FunctionCall } from './open-base.ts';

/**
 * Does one call of a function, as `runBase` does, with a warehouse within reach.
 *
 * @param body gets the milliseconds until the call is ended, less what is kept back for telling how it went
 */
export function runFunction<Result>(
  call: FunctionCall,
  body: (scope: FunctionScope, timeLeft: () => number) => Promise<Result>,
): Promise<Result> {
  return runBase(call, async (_, timeLeft) => body(await openFunction(), timeLeft));
}
