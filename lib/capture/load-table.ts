import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableConfig } from '../config/config.ts';
import { commitText, type FileCells } from '../dms-files/file-fields.ts';
import { loadFileName } from '../dms-files/file-names.ts';
import { writeRowFile } from '../dms-files/write-row-file.ts';
import { TransientError } from '../errors.ts';
import { pgsql } from '../sources/quote.ts';
import type { CaptureContext } from './capture-context.ts';
import { relationName, relationOf } from './relation.ts';
import type { SourceSession } from './source-session.ts';
import { type SourceColumn, type TableLayout, toCells } from './table-layout.ts';

/** Rows fetched at once: as many as these bytes hold, by the rows before. */
const BLOCK_BYTES = 8 * 1024 * 1024;
const FIRST_ROWS = 100;
const MOST_ROWS = 5_000;
/** Rows of one load file. */
const FILE_ROWS = 1_000_000;

/** A table to be read whole. */
export interface LoadRequest {
  readonly layout: TableLayout;
  /** Those of the source that are copied, in the order of the table. */
  readonly columns: readonly SourceColumn[];
  /** The commit time of every row. */
  readonly instant: string;
}

/**
 * Reads a table into load files below the capture's own folder, in the session's transaction and in bounded memory.
 * A table without rows gets no file. Returns the rows read.
 */
export async function loadTable(
  context: CaptureContext,
  session: SourceSession,
  request: LoadRequest,
): Promise<number> {
  const { table } = request.layout;
  const folder = draftFolder(context.folder, table);
  await mkdir(folder, { recursive: true });
  const blocks = readBlocks(context, session, request)[Symbol.asyncIterator]();
  let total = 0;
  for (let n = 1, block = await blocks.next(); !block.done; n += 1) {
    const first = block.value;
    const part = async function* (): AsyncGenerator<readonly FileCells[]> {
      let rows = first.length;
      yield first;
      for (block = await blocks.next(); !block.done && rows < FILE_ROWS; block = await blocks.next()) {
        rows += block.value.length;
        yield block.value;
      }
    };
    const place = { path: join(folder, loadFileName(n)), spool: join(context.folder, 'load.ndjson') };
    total += await writeRowFile(context.duckdb, place, request.layout.fields, part());
  }
  return total;
}

/** Where the load files of a table wait until all tables are read. */
export function draftFolder(folder: string, { name }: TableConfig): string {
  return join(folder, 'load', name);
}

async function* readBlocks(
  { onLossy }: CaptureContext,
  session: SourceSession,
  { layout, columns, instant }: LoadRequest,
): AsyncGenerator<FileCells[]> {
  const { table } = layout;
  const doing = `reading ${table.source}`;
  const list = columns.map(({ name }) => pgsql.name(name)).join(', ');
  await session.query(
    doing,
    `declare load no scroll cursor for select ${list} from only ${relationName(relationOf(table))}`,
  );
  await assertReadable(session, doing, layout);
  const time = commitText(instant);
  for (let count = FIRST_ROWS; ; ) {
    const rows = await session.arrays(doing, `fetch ${count} from load`);
    if (rows.length === 0) break;
    count = nextCount(rows);
    yield rows.map((values) => {
      const row = Object.fromEntries(columns.map(({ name }, i) => [name, values[i] ?? null]));
      return toCells(
        layout,
        { op: 'I', values: row, oldKey: null, commitText: time, changeSeq: null },
        (column) => onLossy(table.name, column),
      );
    });
  }
  await session.query(doing, 'close load');
}

/**
 * A table that was rewritten or truncated after the snapshot was taken looks empty in it. The catalog's rows are those of
 * the snapshot, the function knows the file of now; since the table is open by then, that stays.
 * @see https://www.postgresql.org/docs/current/mvcc-caveats.html
 */
async function assertReadable(session: SourceSession, doing: string, { table }: TableLayout): Promise<void> {
  const [row] = await session.query(
    doing,
    `select (relfilenode = pg_catalog.pg_relation_filenode(oid))::text as same
from pg_catalog.pg_class where oid = ${pgsql.literal(relationName(relationOf(table)))}::regclass`,
  );
  if (row?.same === 'true') return;
  throw new TransientError(
    'CAPTURE_TABLE_REWRITTEN',
    `Table ${table.name}: ${table.source} was rewritten or truncated while it was about to be read. Start again: the load begins anew.`,
  );
}

function nextCount(rows: readonly (readonly (string | null)[])[]): number {
  let bytes = 1;
  for (const row of rows) for (const text of row) bytes += text?.length ?? 0;
  return Math.max(1, Math.min(MOST_ROWS, Math.floor((BLOCK_BYTES * rows.length) / bytes)));
}
