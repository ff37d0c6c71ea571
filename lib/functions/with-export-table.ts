import type { ExportConfig } from '../config/config.ts';
import { TerminalError } from '../errors.ts';
import type { ExportDeps } from '../export/prepare-run.ts';
import { openTarget } from '../export/run-export.ts';
import { retry } from '../retry.ts';
import type { FunctionScope } from './function-scope.ts';

/** How long a step tries again by itself, as long as there is time for another try. */
const PATIENCE_MS = 120_000;
const LEAST_MS = 120_000;

/**
 * Does work on one table of an export with warehouse and target open, and closes the target again. What passes soon is
 * waited for, since an error of a function is told to a person. Throws `TerminalError` UNKNOWN_EXPORT.
 */
export async function withExportTable<T>(
  scope: FunctionScope,
  { export: name, table }: { readonly export: string; readonly table: string },
  timeLeft: () => number,
  work: (deps: ExportDeps) => Promise<T>,
): Promise<T> {
  const settings = findExport(scope, name);
  const patience = { timeLeft, maxMs: PATIENCE_MS, leastMs: LEAST_MS };
  return retry(async () => {
    const ws = await scope.workspace(timeLeft);
    const target = await openTarget(ws, settings, timeLeft);
    try {
      return await work({ ws, settings, target, table: ws.table(table) });
    } finally {
      await target.close();
    }
  }, patience);
}

function findExport({ config }: FunctionScope, name: string): ExportConfig {
  const settings = config.exports.find((one) => one.name === name);
  if (settings) return settings;
  throw new TerminalError(
    'UNKNOWN_EXPORT',
    `There is no export ${JSON.stringify(name)} in the configuration. Was it removed while it ran?`,
  );
}
