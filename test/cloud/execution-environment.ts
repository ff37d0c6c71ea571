import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Posted, startRuntimeApi } from './runtime-api.ts';

/** What a process of a function is started with. */
export interface EnvironmentSpec {
  readonly name: string;
  /** Folder of the function's code. */
  readonly folder: string;
  /** `<file>.<export>`. */
  readonly handler: string;
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMb: number;
}

/** How a call ended: with a post of the process, or with the end of the process. */
export type Outcome = Posted | { readonly kind: 'ended'; readonly how: 'timeout' | 'exit' | NodeJS.Signals };

/** One process of a function with its Runtime API. It works on one call at a time and is frozen between calls. */
export interface ExecutionEnvironment {
  /** False once the process ended or failed to start; then it takes no further call. */
  readonly isAlive: () => boolean;
  invoke(call: { requestId: string; event: unknown; timeoutMs: number }): Promise<Outcome>;
  kill(): Promise<void>;
}

const BOOTSTRAP = fileURLToPath(new URL('bootstrap.mjs', import.meta.url));

/** Starts a process as Lambda does: its own environment variables and nothing of ours. */
export async function startEnvironment(
  spec: EnvironmentSpec,
  onLine: (line: string) => void,
): Promise<ExecutionEnvironment> {
  let busy = false;
  // Lambda freezes a process that waits: no timer runs and no socket is read until the next call.
  const api = await startRuntimeApi(() => {
    if (!busy) child.kill('SIGSTOP');
  });
  const child = launch(spec, api.address);
  const ended = once(child, 'exit').then(([code, signal]): Outcome => {
    void api.close();
    return { kind: 'ended', how: (signal as NodeJS.Signals | null) ?? (code === null ? 'SIGKILL' : 'exit') };
  });
  for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on('line', onLine);
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    isAlive,
    async invoke({ requestId, event, timeoutMs }) {
      busy = true;
      const deadlineMs = Date.now() + timeoutMs;
      const functionArn = `arn:aws:lambda:${spec.env.AWS_REGION}:123456789012:function:${spec.name}`;
      const posted = api.invoke({ requestId, event, deadlineMs, functionArn });
      child.kill('SIGCONT');
      const outcome = await withinTime(Promise.race([posted, ended]), timeoutMs);
      busy = false;
      if (outcome.kind === 'ended') await kill(child, ended);
      else if (api.isWaited()) child.kill('SIGSTOP');
      return outcome;
    },
    kill: () => kill(child, ended),
  };
}

async function kill(child: ChildProcess, ended: Promise<Outcome>): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}

function launch({ name, folder, handler, env, memoryMb }: EnvironmentSpec, address: string): ChildProcess {
  return spawn(process.execPath, [`--max-old-space-size=${memoryMb}`, BOOTSTRAP], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      TZ: ':UTC',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_RUNTIME_API: address,
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: handler,
      ...env,
    },
  });
}

async function withinTime(outcome: Promise<Outcome>, timeoutMs: number): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'ended', how: 'timeout' }), timeoutMs);
  });
  return Promise.race([outcome, late]).finally(() => clearTimeout(timer));
}
