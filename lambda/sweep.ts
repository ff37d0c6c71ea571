import { isAwake } from '../lib/functions/open-rest.ts';
import { type FunctionCall, runFunction } from '../lib/functions/run-function.ts';
import { sweep } from '../lib/functions/sweep.ts';

/** Waiting files nobody rang for, moves half done, lag. */
export function handler(_event: unknown, call: FunctionCall) {
  return runFunction(call, (scope, timeLeft) =>
    sweep(scope, { timeLeft, isAwake: ({ references }) => isAwake(scope.config, references) }),
  );
}
