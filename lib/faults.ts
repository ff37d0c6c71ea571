import { TerminalError } from './errors.ts';
import { type Faults, NO_FAULTS } from './ports.ts';

/**
 * For crash tests only. `TIDEMARK_FAULT=<point>[:n]` makes the process kill itself with SIGKILL, so that nothing can
 * clean up, when it passes that point for the n-th time (the first by default). The points are the names given to
 * `faults.at(...)`, for instance `ingest.merged` or `export.before-commit`; a name that is never passed does nothing.
 * Throws `TerminalError` FAULT_INVALID for anything else in the variable.
 */
export function faultsFromEnv(env: Readonly<Record<string, string | undefined>>): Faults {
  const text = env.TIDEMARK_FAULT;
  if (!text) return NO_FAULTS;
  const match = /^([a-z][a-z.-]*)(?::([1-9]\d{0,8}))?$/.exec(text);
  if (!match) {
    throw new TerminalError(
      'FAULT_INVALID',
      `TIDEMARK_FAULT is ${JSON.stringify(text)}, which is not <point> or <point>:<n>. Unset it: it is for crash tests only.`,
    );
  }
  const [, wanted, nth] = match;
  let left = Number(nth ?? 1);
  return {
    async at(point) {
      if (point !== wanted) return;
      left -= 1;
      if (left > 0) return;
      process.kill(process.pid, 'SIGKILL');
      // The signal may take a moment to arrive; nothing may happen after this point.
      await new Promise(() => {});
    },
  };
}
