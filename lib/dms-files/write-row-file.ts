import { open, rm } from 'node:fs/promises';
import { duckdbDialect } from '../engines/duckdb/dialect.ts';
import type { SqlSession } from '../ports.ts';
import { cellNames, type FileCells, type FileField, renderCopy } from './file-fields.ts';

const { stringLiteral } = duckdbDialect;

/** What DuckDB takes for the longest line unless told otherwise. */
const LINE_BYTES = 16 * 1024 * 1024;

/** Where a change file is made. */
export interface RowFilePlace {
  /** The file itself; its folder must be there, and a file of that name is replaced. */
  readonly path: string;
  /** A file for rows on their way, overwritten and removed again. */
  readonly spool: string;
}

/**
 * Writes a change file of any number of rows in bounded memory, in the order they come; returns how many. The rows go
 * through a file of text lines, which DuckDB reads many times faster than a statement with values in it.
 */
export async function writeRowFile(
  session: SqlSession,
  { path, spool }: RowFilePlace,
  fields: readonly FileField[],
  blocks: Iterable<readonly FileCells[]> | AsyncIterable<readonly FileCells[]>,
): Promise<number> {
  try {
    const { rows, longest } = await spoolRows(spool, cellNames(fields), blocks);
    const columns = cellNames(fields).map((name) => `${name}: 'varchar'`);
    const options = [
      stringLiteral(spool),
      "format = 'newline_delimited'",
      "compression = 'uncompressed'",
      `maximum_object_size = ${Math.max(LINE_BYTES, 2 * longest)}`,
      `columns = {${columns.join(', ')}}`,
    ];
    await session.execute(renderCopy(path, fields, `read_json(${options.join(', ')})`));
    return rows;
  } finally {
    await rm(spool, { force: true });
  }
}

async function spoolRows(
  spool: string,
  names: readonly string[],
  blocks: Iterable<readonly FileCells[]> | AsyncIterable<readonly FileCells[]>,
): Promise<{ rows: number; longest: number }> {
  const labels = names.map((name) => `"${name}":`);
  const file = await open(spool, 'w', 0o600);
  let rows = 0;
  let longest = 0;
  try {
    for await (const block of blocks) {
      const lines = block.map((cells) => toLine(labels, cells));
      for (const line of lines) longest = Math.max(longest, Buffer.byteLength(line));
      await file.write(lines.join(''));
      rows += lines.length;
    }
  } finally {
    await file.close();
  }
  return { rows, longest };
}

/** A null is left out: a column that a line does not have is null. */
function toLine(labels: readonly string[], cells: FileCells): string {
  const members: string[] = [];
  for (const [i, text] of cells.entries()) {
    if (text !== null) members.push(labels[i] + JSON.stringify(text));
  }
  return `{${members.join(',')}}\n`;
}
