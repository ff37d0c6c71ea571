import type { TableConfig } from '../config/config.ts';
import { TerminalError } from '../errors.ts';

/** Settings that decide what the rows of a history mean, so that a history cannot change them under way. */
interface HistorySettings {
  readonly keys: readonly string[];
  readonly history: string;
  readonly sequence: string;
  readonly historyColumns: readonly string[];
}

function settingsOf(config: TableConfig): HistorySettings {
  return {
    keys: config.keys.map((key) => key.toLowerCase()).sort(),
    history: config.history,
    sequence: config.sequence,
    historyColumns: Object.values(config.historyColumns).map((name) => name.toLowerCase()),
  };
}

/** The settings as the ledger keeps them beside a history; equal text means equal settings. */
export function historySettings(config: TableConfig): string {
  return JSON.stringify(settingsOf(config));
}

/**
 * Throws `TerminalError` HISTORY_SETTINGS_CHANGED, naming what differs, when a history was begun under other settings
 * than the configuration has now.
 *
 * @param stored what the ledger keeps; null before the first batch
 */
export function assertSameSettings(config: TableConfig, stored: string | null): void {
  if (stored === null || stored === historySettings(config)) return;
  const then = JSON.parse(stored) as HistorySettings;
  const now = settingsOf(config);
  const names = (Object.keys(now) as (keyof HistorySettings)[]).filter(
    (name) => JSON.stringify(now[name]) !== JSON.stringify(then[name]),
  );
  const changes = names.map((name) => `"${name}" was ${JSON.stringify(then[name])}`);
  throw new TerminalError(
    'HISTORY_SETTINGS_CHANGED',
    `Table ${config.name}: the history was begun under other settings: ${changes.join(', ')}. ` +
      `Put them back, or build the history anew from the processed files: tidemark rebuild ${config.name}`,
    { context: { table: config.name, settings: names } },
  );
}
