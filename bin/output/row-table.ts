import type { Column, ColumnType } from '../../lib/config/column-type.ts';
import { cellText, cut, pad, widthOf } from './cell.ts';
import { type GridColumn, gridHead, gridRow, gridWidths } from './grid.ts';
import type { Paint } from './paint.ts';
import type { RowPrinter } from './print-rows.ts';

/** The first rows decide how wide the columns are and whether they fit beside each other. */
const SAMPLE_ROWS = 500;

/**
 * Rows for people: side by side where they fit the terminal (`width`; null is none, and no bound), otherwise one value
 * a line. Only the sample is ever held in memory.
 */
export function createRowTable(
  columns: readonly Column[],
  { width, paint }: { width: number | null; paint: Paint },
): RowPrinter {
  const sample: string[][] = [];
  let print: ((row: readonly string[]) => string) | null = null;
  const begin = (): string => {
    const gridColumns = columns.map(toGridColumn);
    const widths = gridWidths(gridColumns, sample, width);
    print = widths
      ? (row) => gridRow(gridColumns, widths, row)
      : recordPrinter(
          gridColumns.map((c) => c.title),
          width,
          paint,
        );
    const head = widths ? gridHead(gridColumns, widths, paint) : '';
    return head + sample.map(print).join('');
  };
  return {
    block(rows) {
      const cells = rows.map((row) => row.map(cellText));
      if (print) return cells.map(print).join('');
      sample.push(...cells);
      return sample.length < SAMPLE_ROWS ? '' : begin();
    },
    end: () => (print ? '' : begin()),
  };
}

function toGridColumn(column: Column): GridColumn {
  return {
    title: cellText(column.name),
    align: isNumber(column.type) ? 'right' : 'left',
    mayCut: ['string', 'json', 'binary'].includes(column.type.kind),
  };
}

const isNumber = ({ kind }: ColumnType): boolean => ['int', 'decimal', 'float', 'double'].includes(kind);

function recordPrinter(
  titles: readonly string[],
  width: number | null,
  paint: Paint,
): (row: readonly string[]) => string {
  const total = width ?? Number.POSITIVE_INFINITY;
  const titleWidth = Math.min(Math.max(...titles.map(widthOf)), Math.floor(total / 2));
  let number = 0;
  return (row) => {
    number += 1;
    const lines = titles.map((title, at) => {
      const head = paint.bold(pad(cut(title, titleWidth), titleWidth));
      return `${head}  ${cut(row[at] ?? '', total - titleWidth - 2)}\n`;
    });
    return `${paint.dim(`── ${number} ──`)}\n${lines.join('')}`;
  };
}
