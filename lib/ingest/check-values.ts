import { FileRejection, TransientError } from '../errors.ts';
import { checkedColumns, FILE_CHECK_COLUMNS, renderFileChecks } from '../history/file-checks.ts';
import type { HistoryTable } from '../history/history-table.ts';
import type { FileStore, SqlSession, TextRow } from '../ports.ts';
import { type BatchFile, type FileFacts, toFileToRead } from './batch-file.ts';
import type { Refused } from './read-files.ts';

/** What one look at keys, operations and times of a batch's files found. */
export interface ValueCheck {
  readonly facts: ReadonlyMap<string, FileFacts>;
  readonly refused: readonly Refused<BatchFile>[];
}

type Row = Record<(typeof FILE_CHECK_COLUMNS)[number], string | null> & { uncastable: readonly number[] };

/**
 * Asks the engine what no footer tells: null keys, unknown operations, commit times that are none. Counts must equal
 * the footers', so a file that vanished since it was listed is a `TransientError`, never a silent gap.
 */
export async function checkValues(
  session: SqlSession,
  store: FileStore,
  table: HistoryTable,
  files: readonly BatchFile[],
): Promise<ValueCheck> {
  const toRead = files.map((file) => toFileToRead(store, file));
  const rows = await session.query(renderFileChecks(session.dialect, table, toRead));
  const checked = checkedColumns(table, toRead);
  const byPath = new Map(rows.map((row) => [row[0]!, parseRow(row)]));
  const facts = new Map<string, FileFacts>();
  const refused: Refused<BatchFile>[] = [];
  for (const file of files) {
    const row = byPath.get(store.enginePath('incoming', file.path));
    assertSameRows(table, file, Number(row?.rows ?? 0));
    const reason = row ? refusal(table, file, row, checked) : null;
    if (reason) refused.push({ file, reason });
    else {
      facts.set(file.path, {
        rows: Number(row?.rows ?? 0),
        inserts: Number(row?.inserts ?? 0),
        firstCommit: row?.firstCommit ?? null,
        lastCommit: row?.lastCommit ?? null,
      });
    }
  }
  return { facts, refused };
}

function parseRow(values: TextRow): Row {
  const named = Object.fromEntries(FILE_CHECK_COLUMNS.map((name, i) => [name, values[i] ?? null]));
  return { ...named, uncastable: values.slice(FILE_CHECK_COLUMNS.length).map(Number) } as unknown as Row;
}

function assertSameRows(table: HistoryTable, file: BatchFile, rows: number): void {
  if (rows === file.footer.rows) return;
  throw new TransientError(
    'FILE_CHANGED',
    `Table ${table.config.name}: ${file.path} has ${file.footer.rows} rows by its footer but the engine read ${rows}. It was replaced or removed meanwhile; run again.`,
    { context: { table: table.config.name, path: file.path } },
  );
}

function refusal(
  table: HistoryTable,
  file: BatchFile,
  row: Row,
  checked: readonly string[],
): FileRejection | null {
  const { config } = table;
  const { op, commitTime, changeSeq } = config.changeColumns;
  const bad = (
    code: string,
    count: string | number | null,
    what: string,
    fix: string,
  ): FileRejection | null =>
    Number(count ?? 0) === 0
      ? null
      : new FileRejection(
          code,
          `Table ${config.name}: ${count} of ${row.rows} rows in ${file.path} ${what}. ${fix}`,
          { context: { table: config.name, path: file.path, count: Number(count) } },
        );
  const quoted = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(', ');
  return (
    bad(
      'NULL_KEY',
      row.nullKeys,
      `have no value in key ${quoted(config.keys)}`,
      'Fix "keys" in the table config, or the rows at the source, then release the file.',
    ) ??
    bad(
      'UNKNOWN_OP',
      row.badOps,
      `have something else than I, U or D in ${quoted([op])}`,
      'Fix "op" in the table config if the operation is in another column.',
    ) ??
    bad(
      'BAD_COMMIT_TIME',
      row.badTimes,
      `have no commit time in ${quoted([commitTime])}, or one that does not read yyyy-MM-dd HH:mm:ss.SSSSSS`,
      'Fix "commitTime" in the table config, or TimestampColumnName of the endpoint.',
    ) ??
    bad(
      'LONG_CHANGE_SEQUENCE',
      row.longSequences,
      `have more than 50 characters in ${quoted([changeSeq])}`,
      'Fix "changeSeq" in the table config, or use "sequence: commit-time".',
    ) ??
    checked
      .map((name, i) =>
        bad(
          'VALUE_NOT_CASTABLE',
          row.uncastable[i] ?? 0,
          `have a value in ${quoted([name])} that the column's type cannot hold`,
          'Fix the type in "columns" of the table config, then release the file.',
        ),
      )
      .find((reason) => reason !== null) ??
    null
  );
}
