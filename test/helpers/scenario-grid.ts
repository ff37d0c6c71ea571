import type { Column } from '../../lib/config/column-type.ts';
import { commitTimeOf } from './change-files.ts';
import type { HistoryRow, Values, VersionRow } from './oracle-types.ts';
import { canonicalInstant, canonicalSeq, canonicalText } from './oracle-values.ts';

/** Rows written as text: a line of column names, then one line a row, cells between `|`. */
export interface Grid {
  readonly header: readonly string[];
  readonly rows: readonly Values[];
}

const INSTANTS = ['effective_date', 'end_date', 'seen_date'];
const SEQUENCES = ['effective_seq', 'end_seq', 'seen_seq'];

/**
 * Reads a grid. A bare `null` is null, a cell in double quotes is a JSON string, all else is text as it stands,
 * without the space around it. Throws on a row of the wrong length.
 */
export function parseGrid(text: string): Grid {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const [header = [], ...rows] = lines.map((line) => line.split('|').map((cell) => cell.trim()));
  return {
    header,
    rows: rows.map((cells) => {
      if (cells.length !== header.length) {
        throw new Error(`row has ${cells.length} cells, ${header.length} expected: ${cells.join(' | ')}`);
      }
      return Object.fromEntries(header.map((name, at) => [name, parseCell(cells[at]!)]));
    }),
  };
}

function parseCell(cell: string): string | null {
  if (cell === 'null') return null;
  return cell.startsWith('"') ? (JSON.parse(cell) as string) : cell;
}

/** The history row with its bookkeeping under the default column names, all as text. */
export function flattenHistory(row: HistoryRow): Values {
  const { values, current, batch_id, ...rest } = row;
  return { ...values, ...rest, current: String(current), batch_id: String(batch_id) };
}

/** The row of `_versions` under the default column names, all as text. */
export function flattenVersion({ values, current, ...rest }: VersionRow): Values {
  return { ...values, ...rest, current: String(current) };
}

/**
 * The named columns of the rows in canonical text, in an order that does not depend on theirs: two tables hold the
 * same rows exactly when this gives the same for both. History columns go by their default names.
 */
export function comparable(
  rows: readonly Values[],
  header: readonly string[],
  columns: readonly Column[],
): Values[] {
  return rows
    .map((row) =>
      Object.fromEntries(header.map((name) => [name, canonicalCell(name, row[name] ?? null, columns)])),
    )
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function canonicalCell(name: string, text: string | null, columns: readonly Column[]): string | null {
  if (text === null) return null;
  if (SEQUENCES.includes(name)) return canonicalSeq(text);
  if (INSTANTS.includes(name)) return instantOf(text);
  const column = columns.find((candidate) => candidate.name === name);
  return column ? canonicalText(column.type, text) : text;
}

/** An instant as scenarios write it: `HH:MM[:SS[.ffffff]]` on 2024-05-01 UTC, or anything `canonicalInstant` takes. */
export function instantOf(text: string): string {
  return canonicalInstant(text.includes('-') ? text : commitTimeOf(text));
}
