import { type ColumnType, sameColumnType } from '../config/column-type.ts';
import type { Dialect } from '../ports.ts';
import { type HistoryTable, includesName } from './history-table.ts';
import {
  commitTimeExpr,
  type FileGroup,
  type FileToRead,
  findColumn,
  groupFiles,
  SEQUENCE_WIDTH,
} from './read-changes.ts';
import { indent } from './sql-text.ts';

/** What a commit time written as text must look like. @see docs/semantics.md */
const COMMIT_TIME_PATTERN =
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?$';

/** The instants that are text of 27 characters, by which every other part knows them. */
const COMMIT_TIME_RANGE = ['0001-01-01T00:00:00.000000Z', '9999-12-31T23:59:59.999999Z'] as const;

const COUNT: ColumnType = { kind: 'int', bits: 64 };
const TEXT: ColumnType = { kind: 'string' };
const INSTANT: ColumnType = { kind: 'timestamptz' };

/** The columns of the check's result, in order. After them: one count of uncastable values per `checkedColumns`. */
export const FILE_CHECK_COLUMNS = [
  'file',
  'rows',
  'inserts',
  'updates',
  'deletes',
  'nullKeys',
  'badOps',
  'nullTimes',
  'badTimes',
  'longSequences',
  'firstCommit',
  'lastCommit',
  'keyChanges',
] as const;

/** Source columns whose values the check tries, because their type says that not every value fits the history's. */
export function checkedColumns(table: HistoryTable, files: readonly FileToRead[]): readonly string[] {
  return table.columns
    .filter((column) => files.some((file) => mayFail(file.columns, column.name, column.type)))
    .map((column) => column.name);
}

function mayFail(columns: FileToRead['columns'], name: string, to: ColumnType): boolean {
  const from = findColumn(columns, name)?.type;
  // A time is a number to a file, which may be none of a day.
  if (from?.kind === 'time') return true;
  if (!from || from.kind === 'uint' || sameColumnType(from, to)) return false;
  // Days reach further than instants do.
  return from.kind === 'string' || (from.kind === 'date' && to.kind === 'timestamp');
}

/**
 * One query over operation, keys and times of a batch's files: per file how many rows, how many of each operation,
 * and how many no history can take. Every value is text; rows come in no order; a file without rows has no row.
 */
export function renderFileChecks(
  dialect: Dialect,
  table: HistoryTable,
  files: readonly FileToRead[],
): string {
  const checked = checkedColumns(table, files);
  return groupFiles(files)
    .map((group) => renderGroup(dialect, table, group, checked))
    .join('\nunion all\n');
}

function renderGroup(
  dialect: Dialect,
  table: HistoryTable,
  group: FileGroup,
  checked: readonly string[],
): string {
  const q = (name: string): string => dialect.quoteIdentifier(name);
  const file = q(ownName(group, 'file'));
  const time = q(ownName(group, 'time'));
  const op = q(table.config.changeColumns.op);
  const rawTime = q(table.config.changeColumns.commitTime);
  const countIf = (condition: string): string =>
    dialect.toText(`coalesce(sum(case when ${condition} then 1 else 0 end), 0)`, COUNT);
  const nullKey = table.config.keys.map((key) => `${q(key)} is null`).join(' or ');
  const uncastable = checked.map((name) => {
    const column = findColumn(group.columns, name);
    const to = table.columns.find((c) => c.name === name)!.type;
    if (!column || !mayFail(group.columns, name, to)) return countIf('false');
    return countIf(dialect.cannotCastFromFile(q(column.name), column.type, to));
  });
  const facts = [
    dialect.toText(file, TEXT),
    dialect.toText('count(*)', COUNT),
    ...['I', 'U', 'D'].map((letter) => countIf(`${op} = '${letter}'`)),
    countIf(nullKey),
    countIf(`${op} is null or ${op} not in ('I', 'U', 'D')`),
    countIf(group.reloadedAt === null ? `${rawTime} is null` : 'false'),
    countIf(`${time} is null`),
    countIf(longSequence(dialect, table, group)),
    dialect.toText(`min(${time})`, INSTANT),
    dialect.toText(`max(${time})`, INSTANT),
    countIf(changesKey(dialect, table, group)),
    ...uncastable,
  ];
  const named = facts.map((fact, i) => `${fact} as ${q(FILE_CHECK_COLUMNS[i] ?? `uncastable${i}`)}`);
  return `select ${named.join(',\n  ')}\nfrom (\n  ${indent(renderTimed(dialect, table, group), 2)}\n) as timed\ngroup by ${file}`;
}

/** A name of ours that no column of the files has. */
function ownName(group: FileGroup, stem: string): string {
  const names = group.columns.map((c) => c.name);
  let name = `__${stem}`;
  while (includesName(names, name)) name = `_${name}`;
  return name;
}

/** The rows with the name of their file and their commit time, which is null where there is none that we can take. */
function renderTimed(dialect: Dialect, table: HistoryTable, group: FileGroup): string {
  const file = ownName(group, 'file');
  const time = dialect.quoteIdentifier(ownName(group, 'time'));
  const any = dialect.quoteIdentifier(ownName(group, 'any_time'));
  const paths = group.files.map((f) => f.enginePath);
  const [first, last] = COMMIT_TIME_RANGE.map((instant) => dialect.instantLiteral(instant));
  return [
    `select *, case when ${any} between ${first} and ${last} then ${any} end as ${time}`,
    'from (',
    `  select *, ${readableTime(dialect, table, group)} as ${any}`,
    `  from ${indent(dialect.readFiles(paths, group.columns, file), 2)}`,
    ') as read_rows',
  ].join('\n');
}

function readableTime(dialect: Dialect, table: HistoryTable, group: FileGroup): string {
  const name = table.config.changeColumns.commitTime;
  const type = findColumn(group.columns, name)?.type ?? TEXT;
  if (group.reloadedAt !== null || type.kind !== 'string') return commitTimeExpr(dialect, table, group);
  const raw = dialect.quoteIdentifier(name);
  return `case when ${dialect.matches(raw, COMMIT_TIME_PATTERN)} then ${dialect.instantFromText(raw, 'null')} end`;
}

function longSequence(dialect: Dialect, table: HistoryTable, group: FileGroup): string {
  const column = findColumn(group.columns, table.config.changeColumns.changeSeq);
  if (!column || table.config.sequence === 'commit-time' || group.reloadedAt !== null) return 'false';
  return `length(${dialect.quoteIdentifier(column.name)}) > ${SEQUENCE_WIDTH}`;
}

/** True on an update that names another key as the one before it. */
function changesKey(dialect: Dialect, table: HistoryTable, group: FileGroup): string {
  const { op, beforeImagePrefix } = table.config.changeColumns;
  const differs = table.config.keys.flatMap((key) => {
    const before = findColumn(group.columns, beforeImagePrefix + key);
    const now = findColumn(group.columns, key);
    if (!before || !now) return [];
    const [was, is] = [before, now].map(({ name }) => dialect.quoteIdentifier(name)) as [string, string];
    return [`(${was} is not null and ${dialect.isDistinct(was, is)})`];
  });
  if (differs.length === 0) return 'false';
  return `${dialect.quoteIdentifier(op)} = 'U' and (${differs.join(' or ')})`;
}

/** A query that reads every column of one file and so fails if any page of it is damaged. One text value: the rows. */
export function renderFileProbe(dialect: Dialect, file: FileToRead): string {
  const all = file.columns.map((column) => {
    const hashed = dialect.sha256(
      dialect.toText(dialect.quoteIdentifier(column.name), storedAs(column.type)),
    );
    return `max(${hashed})`;
  });
  return `select ${[dialect.toText('count(*)', COUNT), ...all].join(',\n  ')}\nfrom ${dialect.readFiles([file.enginePath], file.columns)}`;
}

function storedAs(type: FileToRead['columns'][number]['type']): ColumnType {
  if (type.kind !== 'uint') return type;
  if (type.bits === 64) return { kind: 'decimal', precision: 20, scale: 0 };
  return { kind: 'int', bits: type.bits === 8 ? 16 : type.bits === 16 ? 32 : 64 };
}
