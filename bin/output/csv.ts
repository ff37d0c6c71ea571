import type { TextRow } from '../../lib/ports.ts';

/** One line of CSV as RFC 4180 has it, but ended by `\n`. A null is nothing at all, an empty text is `""`. */
export function csvLine(row: TextRow): string {
  return `${row.map(csvField).join(',')}\n`;
}

function csvField(value: string | null): string {
  if (value === null) return '';
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
