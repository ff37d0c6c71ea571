import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { ExecutionStarter } from '../bell/execution-starter.ts';
import { TerminalError, TransientError } from '../errors.ts';
import { clientSettings } from './client-settings.ts';
import { sdkFault } from './sdk-fault.ts';

/** The part of the SDK's client that is used. */
export type StepFunctionsSender = Pick<SFNClient, 'send'>;

/** Starts executions of Step Functions. Region and credentials come from the environment. */
export function createExecutionStarter(
  client: StepFunctionsSender = new SFNClient(clientSettings()),
): ExecutionStarter {
  return {
    async start(machineArn, name, input) {
      const command = new StartExecutionCommand({
        stateMachineArn: machineArn,
        name,
        input: JSON.stringify(input),
      });
      try {
        await client.send(command);
      } catch (thrown) {
        if (sdkFault(thrown).name !== 'ExecutionAlreadyExists') throw notStarted(machineArn, name, thrown);
      }
    },
  };
}

function notStarted(machineArn: string, name: string, cause: unknown): Error {
  const fault = sdkFault(cause);
  const context = { machineArn, name, fault: fault.name };
  if (fault.passing !== null || fault.name === 'ExecutionLimitExceeded') {
    return new TransientError(
      'EXECUTION_NOT_STARTED',
      `Step Functions did not start ${name} now (${fault.name}). It is asked again.`,
      { context, cause },
    );
  }
  return new TerminalError(
    'EXECUTION_REFUSED',
    `Step Functions refused to start ${name} of ${machineArn} (${fault.name}). Deploy the pipeline again, which makes the state machine and the right to start it.`,
    { context, cause },
  );
}
