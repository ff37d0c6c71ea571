import { cut, pad, widthOf } from './cell.ts';
import type { Paint } from './paint.ts';

/** One column of a printed table. */
export interface GridColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Long values may be cut with `…` when space is short. A number cut short would be another number. */
  readonly mayCut?: boolean;
}

const GAP = '  ';
/** A column is never cut below this. */
const MIN_WIDTH = 8;
/** A longer text is cut even where there is room. */
const MAX_TEXT_WIDTH = 60;

/** Widths for these rows within so many columns (null: no bound), or null when they do not fit side by side. */
export function gridWidths(
  columns: readonly GridColumn[],
  rows: readonly (readonly string[])[],
  maxWidth: number | null,
): number[] | null {
  const widths = columns.map((column, at) => {
    const widest = rows.reduce((max, row) => Math.max(max, widthOf(row[at] ?? '')), widthOf(column.title));
    return column.mayCut ? Math.min(widest, Math.max(MAX_TEXT_WIDTH, widthOf(column.title))) : widest;
  });
  if (maxWidth === null) return widths;
  let excess = widths.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1)) - maxWidth;
  while (excess > 0) {
    const widest = widestToCut(columns, widths);
    if (widest === null) return null;
    widths[widest]! -= 1;
    excess -= 1;
  }
  return widths;
}

function widestToCut(columns: readonly GridColumn[], widths: readonly number[]): number | null {
  let best: number | null = null;
  columns.forEach((column, at) => {
    if (!column.mayCut || widths[at]! <= MIN_WIDTH) return;
    if (best === null || widths[at]! > widths[best]!) best = at;
  });
  return best;
}

/** The head of a table: titles and a rule, each line ended. */
export function gridHead(columns: readonly GridColumn[], widths: readonly number[], paint: Paint): string {
  const titles = columns.map((c, at) => pad(cut(c.title, widths[at]!), widths[at]!, c.align));
  const rule = widths.map((width) => '─'.repeat(width));
  return `${paint.bold(titles.join(GAP).trimEnd())}\n${paint.dim(rule.join(GAP))}\n`;
}

/** One row, ended. A value that may not be cut is printed whole, even where it is wider than its column. */
export function gridRow(
  columns: readonly GridColumn[],
  widths: readonly number[],
  row: readonly string[],
): string {
  const cells = columns.map((column, at) => {
    const text = row[at] ?? '';
    return pad(column.mayCut ? cut(text, widths[at]!) : text, widths[at]!, column.align);
  });
  return `${cells.join(GAP).trimEnd()}\n`;
}

/** A whole small table, wide as it needs to be. Cells are text that is safe to print. */
export function grid(
  columns: readonly GridColumn[],
  rows: readonly (readonly string[])[],
  paint: Paint,
): string {
  const widths = gridWidths(columns, rows, null)!;
  return gridHead(columns, widths, paint) + rows.map((row) => gridRow(columns, widths, row)).join('');
}
