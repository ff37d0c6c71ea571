import type { Column } from '../../lib/config/column-type.ts';
import type { TextRow } from '../../lib/ports.ts';
import type { Cli } from '../cli.ts';
import { csvLine } from './csv.ts';
import { plural } from './human.ts';
import { ndjsonLine } from './ndjson.ts';
import type { RowFormat } from './row-format.ts';
import { createRowTable } from './row-table.ts';

/** Rows of any number, in blocks, every value as canonical text. */
export interface Rows {
  readonly columns: readonly Column[];
  readonly rows: AsyncIterable<readonly TextRow[]>;
}

/** Prints rows as they come, in bounded memory, at the speed of whoever reads them. */
export async function printRows(cli: Cli, { columns, rows }: Rows, format: RowFormat): Promise<void> {
  const printer = createPrinter(cli, columns, format);
  let count = 0;
  for await (const block of rows) {
    count += block.length;
    await cli.out.write(printer.block(block));
  }
  await cli.out.write(printer.end());
  if (format === 'table') cli.screen.note(plural(count, 'row'));
}

/** Turns blocks of rows into text; what it held back comes with `end`. */
export interface RowPrinter {
  block(rows: readonly TextRow[]): string;
  end(): string;
}

function createPrinter(cli: Cli, columns: readonly Column[], format: RowFormat): RowPrinter {
  if (format === 'table') return createRowTable(columns, { width: cli.out.width, paint: cli.paint });
  if (format === 'ndjson') {
    const line = ndjsonLine(columns);
    return { block: (rows) => rows.map(line).join(''), end: () => '' };
  }
  let head = csvLine(columns.map((column) => column.name));
  const withHead = (text: string): string => {
    const all = head + text;
    head = '';
    return all;
  };
  return { block: (rows) => withHead(rows.map(csvLine).join('')), end: () => withHead('') };
}
