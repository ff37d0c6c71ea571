import type { Config, ExportConfig, TableConfig } from '../lib/config/config.ts';
import { suggest } from '../lib/config/names.ts';
import { UsageError } from './usage-error.ts';

/** The tables named on the command line, each once, or all of them. Throws `UsageError` UNKNOWN_TABLE. */
export function chooseTables(config: Config, names: readonly string[]): readonly TableConfig[] {
  if (names.length === 0) return config.tables;
  return [...new Set(names)].map((name) => chooseTable(config, name));
}

/** The table of this name. Throws `UsageError` UNKNOWN_TABLE with the one most likely meant. */
export function chooseTable(config: Config, name: string): TableConfig {
  const table = config.tables.find((t) => t.name === name);
  if (table) return table;
  const known = config.tables.map((t) => t.name);
  throw new UsageError(
    'UNKNOWN_TABLE',
    `No table is called ${JSON.stringify(name)}. ${suggest(name, known, 'Tables')}`,
  );
}

/** The export of this name, or all of them. Throws `UsageError` UNKNOWN_EXPORT, or NO_EXPORTS when there are none. */
export function chooseExports(config: Config, name: string | undefined): readonly ExportConfig[] {
  if (config.exports.length === 0) {
    throw new UsageError(
      'NO_EXPORTS',
      'The configuration has no exports. Add one under "exports:" and run again.',
    );
  }
  if (name === undefined) return config.exports;
  const one = config.exports.find((e) => e.name === name);
  if (one) return [one];
  const known = config.exports.map((e) => e.name);
  throw new UsageError(
    'UNKNOWN_EXPORT',
    `No export is called ${JSON.stringify(name)}. ${suggest(name, known, 'Exports')}`,
  );
}
