import { isTransient, type PipelineError } from '../errors.ts';
import type { FileStore } from '../ports.ts';

/** What the run of a table came to that failed last. */
export interface LastFailure {
  /** ISO instant. */
  readonly at: string;
  readonly code: string;
  readonly message: string;
  /** True where no repetition helps: the table is looked at again when somebody rings, and not before. */
  readonly lasting: boolean;
}

/** Beside the rejected files, and like every such name never taken for one. */
const PATH = '_last-failure.json';

/** Leaves word of a failed run where whoever waits for the table finds it without asking the warehouse. */
export async function leaveLastFailure(
  store: Pick<FileStore, 'put'>,
  error: PipelineError,
  at: string,
): Promise<void> {
  const failure: LastFailure = { at, code: error.code, message: error.message, lasting: !isTransient(error) };
  await store.put('rejected', PATH, `${JSON.stringify(failure, null, 2)}\n`);
}

/** The run that failed last, or null where none ever did or nobody can read of it. */
export async function readLastFailure(store: Pick<FileStore, 'read'>): Promise<LastFailure | null> {
  const text = await store.read('rejected', PATH);
  try {
    const { at, code, message, lasting } = JSON.parse(text ?? '{}') as Partial<LastFailure>;
    if (typeof at !== 'string' || typeof code !== 'string' || typeof message !== 'string') return null;
    return { at, code, message, lasting: lasting === true };
  } catch {
    return null;
  }
}
