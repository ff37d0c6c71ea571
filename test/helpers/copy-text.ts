import type { Column, ColumnType } from '../../lib/config/column-type.ts';

/** Rows of canonical text as Postgres' COPY text, each line ended; written apart from the SQL that does the same. */
export function copyText(columns: readonly Column[], rows: readonly (readonly (string | null)[])[]): string {
  return rows
    .map((row) => `${columns.map(({ type }, index) => copyField(type, row[index] ?? null)).join('\t')}\n`)
    .join('');
}

function copyField({ kind }: ColumnType, value: string | null): string {
  if (value === null) return '\\N';
  if (kind === 'binary') return `\\\\x${value}`;
  if (kind === 'boolean') return value === 'true' ? 't' : 'f';
  const named: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
  return value.replace(/[\\\t\n\r]/g, (character) => named[character] ?? character);
}

/** The same blocks as a source that can be read once. */
export async function* blocksOf(...blocks: readonly string[]): AsyncGenerator<string> {
  yield* blocks;
}
