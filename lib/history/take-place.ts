import { type Column, sameColumnType } from '../config/column-type.ts';
import type { TableConfig } from '../config/config.ts';
import type { Dialect, TableRef } from '../ports.ts';
import { historySettings } from './history-settings.ts';
import type { HistoryTable } from './history-table.ts';
import { list } from './sql-text.ts';
import { renderReplaceHistory } from './swap-table.ts';
import { newHistoryTable, renderEvolution } from './table-definition.ts';

/** A history whose rows are to go. */
export interface OldHistory {
  /** In table order. */
  readonly columns: readonly Column[];
  /** As the ledger keeps them; null where it knows of none. */
  readonly settings: string | null;
}

/**
 * The statements that make a history hold the rows of `from`; the last one does it, in one atomic step, and a column too
 * many harms nothing. Rows alone are exchanged where the table that is there can hold them and lies by the right keys,
 * and where the dialect can: what a person set on it stays then. Otherwise it is replaced, with its columns.
 *
 * | of the old table | rows are |
 * |---|---|
 * | columns and keys as built, in any order | exchanged |
 * | columns missing | exchanged, the columns added first |
 * | a column too many, one of another type, other keys, no table | put into a new one |
 *
 * @param built the history with the columns of `from`, where the old one is
 */
export function renderTakePlace(
  dialect: Dialect,
  built: HistoryTable,
  from: TableRef,
  old: OldHistory | null,
): readonly string[] {
  const fit = old && fitOf(old, built);
  const columns = fit?.map(({ name }) => dialect.quoteIdentifier(name)) ?? [];
  const select = `select ${list(columns)}\nfrom ${dialect.tableName(from)}`;
  const overwrite = old && fit ? dialect.overwriteTable(built.ref, select) : null;
  if (!old || !fit || overwrite === null) return [renderReplaceHistory(dialect, built, from)];
  return [...renderEvolution(dialect, built.ref, fit.slice(old.columns.length), []), overwrite];
}

/** The columns that are built as the old table has them, those that it lacks last; null where it cannot hold them. */
function fitOf({ columns, settings }: OldHistory, built: HistoryTable): readonly Column[] | null {
  if (!hasKeys(settings, built.config)) return null;
  const wanted = new Map(newHistoryTable(built).columns.map((column) => [column.name.toLowerCase(), column]));
  const held = columns.map(({ name, type }) => {
    const column = wanted.get(name.toLowerCase());
    wanted.delete(name.toLowerCase());
    return column && sameColumnType(column.type, type) ? column : null;
  });
  return held.every((column) => column !== null) ? [...held, ...wanted.values()] : null;
}

/** True when a history was begun under the keys that the configuration has now. */
function hasKeys(settings: string | null, config: TableConfig): boolean {
  const keysOf = (text: string): string => JSON.stringify((JSON.parse(text) as { keys?: unknown }).keys);
  return settings !== null && keysOf(settings) === keysOf(historySettings(config));
}
