import { type ChildProcess, spawn } from 'node:child_process';

/** How a process ended and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that was started. */
export interface Program {
  readonly child: ChildProcess;
  /** Rejects where it could not be started. */
  readonly ended: Promise<Ended>;
  /** Settles with what stdout has so far once it or stderr has a text; rejects with stderr when the process ends before. */
  said(text: string): Promise<string>;
  /** As Ctrl-C does, which reaches everything that it has started. */
  interrupt(): void;
}

/** Starts a program in a process group of its own, with nothing to read. */
export function startProgram(
  program: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Program {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (some: string) => {
      text[name] += some;
    });
  }
  const ended = new Promise<Ended>((settle, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => settle({ code, signal, ...text }));
  });
  ended.catch(() => {});
  return {
    child,
    ended,
    said: (wanted) =>
      new Promise((settle, fail) => {
        const look = (): void => {
          if (Object.values(text).some((said) => said.includes(wanted))) settle(text.stdout);
        };
        for (const name of ['stdout', 'stderr'] as const) child[name].on('data', look);
        const tooLate = () => fail(new Error(`ended without ${JSON.stringify(wanted)}: ${text.stderr}`));
        ended.then(tooLate, fail);
        look();
      }),
    interrupt: () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    },
  };
}
