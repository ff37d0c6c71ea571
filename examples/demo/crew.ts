import { setTimeout as sleep } from 'node:timers/promises';
import type { Env } from './demo-place.ts';
import { hireWorker, type Worker } from './hire-worker.ts';
import type { WorkerMessage, WorkerTask } from './worker-messages.ts';

/** One worker at a time, and how it is replaced. */
export interface Crew {
  /** Who is at work, and at what. */
  describe(): string;
  /** Hires a worker; settles when it follows the source. Returns its process id. */
  hire(): Promise<number>;
  /** Kills the worker while it ingests, or at the latest after some seconds. Returns its process id. */
  lose(): Promise<number>;
  /** Settles when all that was committed has arrived, and the worker is gone. */
  finish(): Promise<void>;
  /** Ends the worker at once, if there is one. */
  dismiss(): Promise<void>;
}

/** How to hire. */
export interface CrewOptions {
  readonly task: WorkerTask;
  readonly env: Env;
  /** URL of the source. */
  readonly source: string;
}

const DOING: Readonly<Record<WorkerMessage['kind'], string>> = {
  capturing: 'captures',
  ingesting: 'captures and ingests',
  ingested: 'captures',
  exported: 'captures',
  finished: 'is done',
  failed: 'has failed',
};
/** Ingests may be rare where they are slow. */
const PATIENCE_MS = 3_000;
/** From the beginning of an ingest into the middle of it. */
const INTO_WORK_MS = 25;

/** `onMessage` is told everything that any worker tells. */
export function createCrew(
  { task, env, source }: CrewOptions,
  onMessage: (message: WorkerMessage) => void,
): Crew {
  let worker: Worker | null = null;
  let doing = '';
  const atWork = (): Worker => {
    if (worker === null) throw new RangeError('nobody is at work');
    return worker;
  };
  const dismiss = async (): Promise<void> => {
    const gone = worker;
    worker = null;
    await gone?.kill();
  };
  return {
    describe: () => (worker === null ? 'nobody captures' : `process ${worker.pid} ${doing}`),
    async hire() {
      doing = 'starts';
      worker = hireWorker(task, env, source, (message) => {
        doing = DOING[message.kind];
        onMessage(message);
      });
      await worker.next('capturing');
      return worker.pid;
    },
    async lose() {
      const { pid, next } = atWork();
      await Promise.race([next('ingesting').then(() => sleep(INTO_WORK_MS)), sleep(PATIENCE_MS)]);
      await dismiss();
      return pid;
    },
    async finish() {
      await atWork().finish();
      worker = null;
    },
    dismiss,
  };
}
