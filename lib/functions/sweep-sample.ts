import { createHash } from 'node:crypto';
import type { TableConfig } from '../config/config.ts';
import { isTransient, type PipelineError, toPipelineError } from '../errors.ts';
import { verifySample } from '../operations/verify-sample.ts';
import type { Workspace } from '../workspace.ts';

/** What was found wrong with the tables of a sample. */
export interface SampleReport {
  /** Tables that were checked, by name. */
  readonly checked: readonly string[];
  /** Rows, keys and files that break a promise, as `tidemark verify` counts them. */
  readonly findings: number;
  /** Tables that could not be checked. */
  readonly errors: readonly { readonly table: string; readonly error: PipelineError }[];
}

/** Tables of one sample: few, since whoever wrote wrongly once will be found the next time too. */
const TABLES = 10;
const MAX_ROWS = 1_000_000;
const MAX_FILES = 100;

/** Checks promises on parts of a few tables, in the order given. One table that cannot be checked keeps no other from it. */
export async function checkSample(
  ws: Workspace,
  tables: readonly TableConfig[],
  mayGoOn: () => boolean,
): Promise<SampleReport> {
  const digits = createHash('sha256').update(ws.clock.now()).digest('hex');
  const checked: string[] = [];
  const errors: { table: string; error: PipelineError }[] = [];
  let findings = 0;
  for (const table of tables.slice(0, TABLES)) {
    if (!mayGoOn()) break;
    try {
      const { checks } = await verifySample(ws, table, { maxRows: MAX_ROWS, maxFiles: MAX_FILES, digits });
      for (const { code, rule, broken } of checks.filter((check) => check.broken > 0)) {
        ws.logger.warn('A promise is broken', { table: table.name, code, rule, broken });
        findings += broken;
      }
    } catch (error) {
      errors.push({ table: table.name, error: toPipelineError(error) });
      // The warehouse is away or out of time for all others too.
      if (isTransient(error)) break;
    }
    checked.push(table.name);
  }
  return { checked, findings, errors };
}
