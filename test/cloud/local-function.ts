import { randomUUID } from 'node:crypto';
import {
  type EnvironmentSpec,
  type ExecutionEnvironment,
  type Outcome,
  startEnvironment,
} from './execution-environment.ts';

/** A line of a function's log: what it wrote as JSON, or `{message}`. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A function in processes of its own: as many as there are calls at once, each kept for further calls. */
export interface LocalFunction {
  readonly name: string;
  /** What it wrote so far, in the order in which it arrived. */
  readonly lines: readonly LogLine[];
  /** Outcomes of the calls that ended. */
  readonly outcomes: readonly Outcome[];
  /** Calls it in a process that waits, or in a new one. Never rejects. */
  invoke(event: unknown): Promise<Outcome>;
  /** Ends the processes that wait; the next ones started, one each, get these variables besides. */
  arm(...envs: readonly Readonly<Record<string, string>>[]): Promise<void>;
  /** Ends the processes that wait; the clock of all that are started from now on is further ahead by so much. */
  skipTime(ms: number): Promise<void>;
  /** Calls from now on may take so long. @default as deployed */
  timeoutMs: number;
  /** Ends every process, calls under way and all. */
  stop(): Promise<void>;
}

export interface LocalFunctionSpec extends EnvironmentSpec {
  readonly timeoutMs: number;
}

/** Nothing is started before the first call. */
export function createLocalFunction(spec: LocalFunctionSpec): LocalFunction {
  const waiting: ExecutionEnvironment[] = [];
  const all = new Set<ExecutionEnvironment>();
  const lines: LogLine[] = [];
  const outcomes: Outcome[] = [];
  const armed: Readonly<Record<string, string>>[] = [];
  let aheadMs = 0;

  const start = async (): Promise<ExecutionEnvironment> => {
    const env = { ...spec.env, TEST_CLOCK_AHEAD_MS: String(aheadMs), ...armed.shift() };
    const started = await startEnvironment({ ...spec, env }, (line) => lines.push(readLine(line)));
    all.add(started);
    return started;
  };
  const endWaiting = async (): Promise<void> => {
    await Promise.all(waiting.splice(0).map((environment) => environment.kill()));
  };
  const made: LocalFunction = {
    name: spec.name,
    lines,
    outcomes,
    timeoutMs: spec.timeoutMs,
    async invoke(event) {
      let environment = waiting.pop();
      while (environment && !environment.isAlive()) environment = waiting.pop();
      environment ??= await start();
      const outcome = await environment.invoke({ requestId: randomUUID(), event, timeoutMs: made.timeoutMs });
      outcomes.push(outcome);
      if (environment.isAlive()) waiting.push(environment);
      else all.delete(environment);
      return outcome;
    },
    async arm(...envs) {
      armed.splice(0, armed.length, ...envs);
      await endWaiting();
    },
    async skipTime(ms) {
      aheadMs += ms;
      await endWaiting();
    },
    async stop() {
      await Promise.all([...all].map((environment) => environment.kill()));
      all.clear();
    },
  };
  return made;
}

function readLine(line: string): LogLine {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === 'object' && parsed !== null) return parsed as LogLine;
  } catch {}
  return { message: line };
}
