import type { Column } from './config/column-type.ts';
import type { TableConfig } from './config/config.ts';
import { TerminalError } from './errors.ts';
import { assertSameSettings } from './history/history-settings.ts';
import {
  bookkeepingNames,
  historyRef,
  historyTable,
  type HistoryTable,
  includesName,
} from './history/history-table.ts';
import type { SqlSession } from './ports.ts';
import type { Workspace } from './workspace.ts';

/**
 * The history of a configured table as it is now, or null before the first ingest. Throws `TerminalError`
 * HISTORY_OUTDATED when the configuration names keys or bookkeeping columns that the history does not have, and
 * HISTORY_SETTINGS_CHANGED when the history was begun under others.
 */
export async function findHistory(
  ws: Workspace,
  table: TableConfig,
  session: SqlSession = ws.engine,
): Promise<HistoryTable | null> {
  const columns = await session.columns(historyRef(ws.config, table));
  if (!columns) return null;
  assertFits(table, columns);
  assertSameSettings(table, (await ws.ledger.head(table.name))?.settings ?? null);
  return historyTable(ws.config, table, columns);
}

/** As `findHistory`; throws `TerminalError` NO_HISTORY_YET before the first ingest. */
export async function openHistory(
  ws: Workspace,
  table: TableConfig,
  session: SqlSession = ws.engine,
): Promise<HistoryTable> {
  const history = await findHistory(ws, table, session);
  if (history) return history;
  throw new TerminalError(
    'NO_HISTORY_YET',
    `Table ${table.name} has no history yet. Put change files into ${ws.store(table).location('incoming')} and run: tidemark ingest`,
    { context: { table: table.name } },
  );
}

function assertFits(table: TableConfig, columns: readonly Column[]): void {
  const names = columns.map((column) => column.name);
  const missing = [...table.keys, ...bookkeepingNames(table)].filter((name) => !includesName(names, name));
  if (missing.length === 0) return;
  throw new TerminalError(
    'HISTORY_OUTDATED',
    `Table ${table.name}: its history has no column ${missing.map((name) => JSON.stringify(name)).join(', ')}, which the configuration names. ` +
      `A table that something else made is taken over by: tidemark setup. Else put the configuration back, or build the history anew: tidemark rebuild ${table.name}`,
    { context: { table: table.name, missing } },
  );
}
