import { spawn } from 'node:child_process';

/** What a program did: its exit status (null: it could not be started) and the end of all it printed. */
export interface ProgramResult {
  readonly status: number | null;
  readonly output: string;
}

const KEPT_OUTPUT = 4_000;

/** Runs a program to its end. Never throws; a program that is not there has status null. */
export function runProgram(file: string, args: readonly string[], cwd?: string): Promise<ProgramResult> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(file, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ status: null, output: error.message }));
    child.on('close', (status) => resolve({ status: status ?? 1, output }));
  });
}
