import { type Ending, type Machine, runMachine } from '../helpers/state-machine.ts';
import type { AwsReply, Station } from './aws-front.ts';
import type { LocalFunction } from './local-function.ts';

/** Step Functions with one state machine. */
export interface Executions {
  /** Starts executions when asked to. */
  readonly station: Station;
  /** Whose calls the tasks are; to be set before the first execution. */
  worker: LocalFunction | null;
  /** Executions under way. */
  readonly running: () => number;
  /** How executions ended, by their names. */
  readonly endings: ReadonlyMap<string, Ending>;
}

/** None is under way at first. */
export function createExecutions(machine: Machine): Executions {
  const started = new Set<string>();
  const endings = new Map<string, Ending>();
  const executions: Executions = {
    worker: null,
    running: () => started.size - endings.size,
    endings,
    station: async (asked, onward) => {
      if (asked.service !== 'states' || asked.action !== 'StartExecution') return onward(asked);
      const { stateMachineArn, name, input } = JSON.parse(asked.body.toString()) as Record<string, string>;
      if (started.has(name!)) return reply(400, { __type: 'ExecutionAlreadyExists', message: name });
      started.add(name!);
      void run(JSON.parse(input!), name!);
      const executionArn = `${stateMachineArn?.replace(':stateMachine:', ':execution:')}:${name}`;
      return reply(200, { executionArn, startDate: Date.now() / 1000 });
    },
  };
  const run = async (input: unknown, name: string): Promise<void> => {
    const ending = runMachine(machine, { name, input }, (payload) => perform(executions.worker!, payload));
    const failed = (error: Error): Ending => ({ status: 'FAILED', error: error.name, cause: error.message });
    endings.set(name, await ending.catch(failed));
  };
  return executions;
}

/** A task: what a call of the function answers, or an error by the name that Lambda gives it. */
async function perform(worker: LocalFunction, payload: unknown): Promise<unknown> {
  const outcome = await worker.invoke(payload);
  if (outcome.kind === 'answered') return outcome.payload;
  const [name, message] =
    outcome.kind === 'failed'
      ? [outcome.errorType, outcome.errorMessage]
      : [outcome.how === 'timeout' ? 'Sandbox.Timedout' : 'Runtime.ExitError', outcome.how];
  throw Object.assign(new Error(message), { name });
}

function reply(status: number, body: object): AwsReply {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return { status, headers, body: Buffer.from(JSON.stringify(body)) };
}
