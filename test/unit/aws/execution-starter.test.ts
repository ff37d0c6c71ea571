import { ExecutionAlreadyExists, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { createExecutionStarter, type StepFunctionsSender } from '../../../lib/aws/execution-starter.ts';

const MACHINE = 'arn:aws:states:eu-central-1:123456789012:stateMachine:parts';

function starting(answer: () => Promise<unknown>) {
  const sent: unknown[] = [];
  const client = {
    send: async (command: unknown) => {
      sent.push(command instanceof StartExecutionCommand ? command.input : command);
      return answer();
    },
  } as unknown as StepFunctionsSender;
  return { sent, started: createExecutionStarter(client).start(MACHINE, 'crm-1', { export: 'crm' }) };
}

const named = (name: string) => Object.assign(new Error('what the service says'), { name });

describe('createExecutionStarter', () => {
  it('starts an execution of the name with the input as JSON', async () => {
    const { sent, started } = starting(async () => ({}));
    await started;

    expect(sent).toEqual([{ stateMachineArn: MACHINE, name: 'crm-1', input: '{"export":"crm"}' }]);
  });

  it('leaves one that runs or ran under the name as it is', async () => {
    const exists = new ExecutionAlreadyExists({ message: 'there', $metadata: {} });

    await expect(starting(() => Promise.reject(exists)).started).resolves.toBeUndefined();
  });

  it.each(['ThrottlingException', 'ExecutionLimitExceeded', 'TimeoutError'])(
    'has somebody try again after %s',
    async (name) => {
      await expect(starting(() => Promise.reject(named(name))).started).rejects.toMatchObject({
        name: 'TransientError',
        code: 'EXECUTION_NOT_STARTED',
      });
    },
  );

  it.each(['AccessDeniedException', 'StateMachineDoesNotExist'])('gives up after %s', async (name) => {
    await expect(starting(() => Promise.reject(named(name))).started).rejects.toMatchObject({
      name: 'TerminalError',
      code: 'EXECUTION_REFUSED',
    });
  });
});
