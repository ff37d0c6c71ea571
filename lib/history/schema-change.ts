import type { WidenedColumn } from '../changes/plan-schema.ts';
import type { Column } from '../config/column-type.ts';
import type { Dialect } from '../ports.ts';
import type { HistoryTable } from './history-table.ts';
import { renderCreateHistory, renderEvolution } from './table-definition.ts';
import { renderVersionsView, renderVersionsViewAnew } from './versions-view.ts';

/** What the schema of a history must become before a batch is applied. */
export interface SchemaChange {
  readonly exists: boolean;
  readonly columns: readonly Column[];
  readonly added: readonly Column[];
  readonly widened: readonly WidenedColumn[];
}

/** The statements that make or change the history's table and its view; none when everything fits. Safe to repeat. */
export function renderSchemaChange(
  dialect: Dialect,
  table: HistoryTable,
  change: SchemaChange,
): readonly string[] {
  if (!change.exists) return [renderCreateHistory(dialect, table), renderVersionsView(dialect, table)];
  const evolution = renderEvolution(dialect, table.ref, change.added, change.widened);
  return evolution.length === 0 ? [] : [...evolution, ...renderVersionsViewAnew(dialect, table)];
}
