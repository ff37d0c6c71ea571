import { quote, rejectColumns } from '../changes/check-columns.ts';
import { type Column, formatColumnType } from '../config/column-type.ts';
import { type FileRejection, TransientError } from '../errors.ts';
import { checkedColumns, FILE_CHECK_COLUMNS, renderFileChecks } from '../history/file-checks.ts';
import { type HistoryTable, includesName } from '../history/history-table.ts';
import { SEQUENCE_WIDTH } from '../history/read-changes.ts';
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
        keyChanges: Number(row?.keyChanges ?? 0),
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

/** The first thing that is wrong with a file's values, or null. */
function refusal(
  { config, columns }: HistoryTable,
  file: BatchFile,
  row: Row,
  checked: readonly string[],
): FileRejection | null {
  const { op, commitTime, changeSeq } = config.changeColumns;
  const bad = (code: string, count: string | number | null, wrong: Wrong): FileRejection | null => {
    if (Number(count ?? 0) === 0) return null;
    const what = `has ${wrong.what} in ${count} of its ${row.rows} rows`;
    return rejectColumns(config, file, code, what, wrong.fix, wrong.expected);
  };
  const typed = (names: readonly string[]): readonly Column[] =>
    columns.filter((column) => includesName(names, column.name));
  return (
    bad('NULL_KEY', row.nullKeys, {
      what: `no value in key ${config.keys.map(quote).join(', ')}`,
      fix: 'Fix "keys" in the table config, or the rows at the source, then release the file',
      expected: typed(config.keys).map((column) => `${formatColumn(column)} not null`),
    }) ??
    bad('UNKNOWN_OP', row.badOps, {
      what: `something else than I, U or D in ${quote(op)}`,
      fix: 'Fix "op" in the table config if the operation is in another column',
      expected: [`${op} I, U or D`],
    }) ??
    bad('NULL_COMMIT_TIME', row.nullTimes, {
      what: `no commit time in ${quote(commitTime)}`,
      fix: 'Fix "commitTime" in the table config, or TimestampColumnName of the endpoint',
      expected: [`${commitTime} not null`],
    }) ??
    bad('BAD_COMMIT_TIME', row.badTimes, {
      what: `a commit time in ${quote(commitTime)} that does not read yyyy-MM-dd HH:mm:ss.SSSSSS, in the years 1 to 9999,`,
      fix: 'Fix "commitTime" in the table config, or TimestampColumnName of the endpoint',
      expected: [`${commitTime} yyyy-MM-dd HH:mm:ss.SSSSSS`],
    }) ??
    bad('LONG_CHANGE_SEQUENCE', row.longSequences, {
      what: `more than ${SEQUENCE_WIDTH} characters in ${quote(changeSeq)}`,
      fix: 'Fix "changeSeq" in the table config, or use "sequence: commit-time"',
      expected: [`${changeSeq} at most ${SEQUENCE_WIDTH} characters`],
    }) ??
    checked
      .map((name, i) =>
        bad('VALUE_NOT_CASTABLE', row.uncastable[i] ?? 0, {
          what: `a value in ${quote(name)} that the column's type cannot hold`,
          fix: 'Fix the type in "columns" of the table config, then release the file',
          expected: typed([name]).map(formatColumn),
        }),
      )
      .find((reason) => reason !== null) ??
    null
  );
}

interface Wrong {
  readonly what: string;
  readonly fix: string;
  readonly expected: readonly string[];
}

const formatColumn = ({ name, type }: Column): string => `${name} ${formatColumnType(type)}`;
