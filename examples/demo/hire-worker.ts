import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TerminalError } from '../../lib/errors.ts';
import type { Env } from './demo-place.ts';
import { FINISH, type WorkerMessage, type WorkerTask } from './worker-messages.ts';

/** A process that captures, ingests and exports. */
export interface Worker {
  readonly pid: number;
  /** Settles with the next message of a kind; rejects when the worker ended without, or broke. */
  next(kind: WorkerMessage['kind']): Promise<void>;
  /** Ends it at once, whatever it does. */
  kill(): Promise<void>;
  /** Has it take in and send everything that was committed until now, and end. Throws `TerminalError` DEMO_WORKER. */
  finish(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** Starts a worker. `onMessage` is told everything that it tells. */
export function hireWorker(
  task: WorkerTask,
  env: Env,
  source: string,
  onMessage: (message: WorkerMessage) => void,
): Worker {
  const child = fork(SCRIPT, [JSON.stringify(task)], {
    // The URL has a password in it, and arguments are for everybody to see.
    env: { ...env, TIDEMARK_SOURCE_URL: source },
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const listeners = new Set<(message: WorkerMessage) => void>();
  let failure = 'ended early';
  child.on('message', (told) => {
    const message = told as WorkerMessage;
    if (message.kind === 'failed') failure = `failed: ${message.message}`;
    onMessage(message);
    for (const listener of listeners) listener(message);
  });
  const closed = once(child, 'close');
  const next = (wanted: WorkerMessage['kind']): Promise<void> =>
    new Promise((settle, fail) => {
      const broke = (): void =>
        fail(new TerminalError('DEMO_WORKER', `The worker of the demo, process ${child.pid}, ${failure}`));
      listeners.add(({ kind }) => kind === wanted && settle());
      closed.then(broke, broke);
    });
  return {
    pid: child.pid ?? 0,
    next,
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
    async finish() {
      const finished = next('finished');
      child.send(FINISH, () => {});
      await finished;
      await closed;
    },
  };
}
