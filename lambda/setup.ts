import { forDeploy } from '../lib/functions/deploy-error.ts';
import { openRest } from '../lib/functions/open-rest.ts';
import { type FunctionCall, runFunction } from '../lib/functions/run-function.ts';
import { setupLakehouse } from '../lib/functions/setup.ts';

/** What must exist in the catalog, as a custom resource. */
export function handler(event: unknown, call: FunctionCall) {
  return forDeploy(() =>
    runFunction(call, (scope, timeLeft) =>
      setupLakehouse(scope, event, {
        timeLeft,
        connect: async ({ references }) => (await openRest(scope.config, references)).rest,
      }),
    ),
  );
}
