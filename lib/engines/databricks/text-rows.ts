import { TerminalError } from '../../errors.ts';
import type { TextRow } from '../../ports.ts';
import type { DriverRow, FinishedStatement } from './statement.ts';

/** How to make rows of text from those of the driver, whose values go by the names of their columns. */
export type ToTextRow = (row: DriverRow) => TextRow;

/**
 * Checks that every column of a result is text, and that the driver can tell them apart by name. Throws
 * `TerminalError` QUERY_NOT_TEXT or QUERY_COLUMNS_ALIKE: both are mistakes of ours.
 */
export function textRows({ names, allText }: Pick<FinishedStatement, 'names' | 'allText'>): ToTextRow {
  if (names === null) return () => [];
  if (!allText) throw notText();
  if (new Set(names).size < names.length || names.includes('__proto__')) {
    throw new TerminalError(
      'QUERY_COLUMNS_ALIKE',
      'A query returned two columns of one name, or one named "__proto__", which the driver cannot tell apart. Name them differently.',
    );
  }
  return (row) => names.map((name) => textOf(row[name]));
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  // Types that the driver's protocol has no number for are announced as text.
  if (typeof value !== 'string') throw notText();
  return value;
}

function notText(): TerminalError {
  return new TerminalError(
    'QUERY_NOT_TEXT',
    'A query returned a column that is not text. Cast it with the dialect.',
  );
}
