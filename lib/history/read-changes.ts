import type { FileColumn } from '../changes/change-file.ts';
import { type Column, type ColumnType, formatColumnType } from '../config/column-type.ts';
import type { Dialect } from '../ports.ts';
import {
  type HistoryNames,
  type HistoryTable,
  historyNames,
  includesName,
  keyColumns,
} from './history-table.ts';
import type { KeyRange } from './key-ranges.ts';
import { indent, list } from './sql-text.ts';

/** Width every change sequence is padded to; a longer one rejects its file. @see docs/semantics.md */
export const SEQUENCE_WIDTH = 50;

/** A change file as the plan reads it. */
export interface FileToRead {
  /** The name by which the engine reads it. */
  readonly enginePath: string;
  readonly columns: readonly FileColumn[];
  /** For a full-load file of a reload: the instant of its generation, which is then the commit time of its rows. */
  readonly reloadedAt?: string | null;
}

/** Files that hold the same columns with the same types, so that one `select` reads them. */
export interface FileGroup {
  readonly files: readonly FileToRead[];
  readonly columns: readonly FileColumn[];
  readonly reloadedAt: string | null;
}

/** What was found out about a batch's changes, so that the plan need not provide for what is not there. */
export interface ChangeFacts {
  /** Whether a (key, time, sequence) may come twice; `no-key-twice`: not even a key does. */
  readonly repeats: 'possible' | 'none' | 'no-key-twice';
  /** Whether an update may change a key. */
  readonly keyChanges: 'possible' | 'none';
  /** Where the first key column of all changes lies; none: anywhere. */
  readonly keyRanges: readonly KeyRange[];
}

/** Nothing was looked at: everything is possible. */
export const NO_FACTS: ChangeFacts = { repeats: 'possible', keyChanges: 'possible', keyRanges: [] };

/** Names of the columns that a relation of changes has besides the source's own. */
export interface ChangeNames {
  readonly op: string;
  readonly time: string;
  readonly seq: string;
  /** True on a reloaded row, which may merely confirm what is known. */
  readonly reloaded: string;
  /** Before-image of each key column, in key order. */
  readonly oldKeys: readonly string[];
}

/** Engines give all files of one read the types of the first, and not every microsecond fits into nanoseconds. */
const typeName = ({ type, stored, adjustedToUtc }: FileColumn): string => {
  const name = type.kind === 'uint' ? `uint${type.bits}` : formatColumnType(type);
  return [name, stored ?? '', adjustedToUtc ? 'utc' : ''].join(' ');
};

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** The column of a file with this name, whatever its case. */
export function findColumn(columns: readonly FileColumn[], name: string): FileColumn | undefined {
  return columns.find((column) => sameName(column.name, name));
}

/** Groups files by what they hold, in the order of their first file. Column order in the file does not matter. */
export function groupFiles(files: readonly FileToRead[]): readonly FileGroup[] {
  const groups = new Map<string, FileToRead[]>();
  for (const file of files) {
    const columns = file.columns.map((c) => `${c.name.toLowerCase()}\u0000${typeName(c)}`).sort();
    const signature = JSON.stringify([columns, file.reloadedAt ?? null]);
    const group = groups.get(signature);
    if (group) group.push(file);
    else groups.set(signature, [file]);
  }
  return [...groups.values()].map((members) => ({
    files: members,
    columns: members[0]!.columns,
    reloadedAt: members[0]!.reloadedAt ?? null,
  }));
}

/** Quoted names of the columns a changes relation adds. */
export function changeNames(names: HistoryNames): ChangeNames {
  return {
    op: names.own('op'),
    time: names.own('time'),
    seq: names.own('seq'),
    reloaded: names.own('reloaded'),
    oldKeys: names.keys.map((_, i) => names.own(`old_key_${i + 1}`)),
  };
}

const INSTANT: ColumnType = { kind: 'timestamptz' };

/** The commit time of a group's rows as an instant. */
export function commitTimeExpr(dialect: Dialect, table: HistoryTable, group: FileGroup): string {
  if (group.reloadedAt !== null) return dialect.instantLiteral(group.reloadedAt);
  const name = table.config.changeColumns.commitTime;
  const type = findColumn(group.columns, name)?.type ?? { kind: 'string' };
  const raw = dialect.quoteIdentifier(name);
  return type.kind === 'string'
    ? dialect.instantFromText(raw, 'error')
    : dialect.castFromFile(raw, type, INSTANT);
}

/** The change sequence of a group's rows, padded so that text order is its order; empty where there is none. */
export function sequenceExpr(dialect: Dialect, table: HistoryTable, group: FileGroup): string {
  const column = findColumn(group.columns, table.config.changeColumns.changeSeq);
  if (!column || table.config.sequence === 'commit-time' || group.reloadedAt !== null) return "''";
  const raw = dialect.quoteIdentifier(column.name);
  return `case when ${raw} is null or ${raw} = '' then '' else ${dialect.padLeft(raw, SEQUENCE_WIDTH)} end`;
}

/** True when any of the files carries before-images of keys. */
export function hasBeforeImages(table: HistoryTable, groups: readonly FileGroup[]): boolean {
  const { beforeImagePrefix } = table.config.changeColumns;
  const wanted = table.config.keys.map((key) => beforeImagePrefix + key);
  return groups.some((g) => g.columns.some((c) => includesName(wanted, c.name)));
}

function sourceExpr(
  dialect: Dialect,
  group: FileGroup,
  fileName: string,
  as: string,
  to: ColumnType,
): string {
  const column = findColumn(group.columns, fileName);
  const value = column
    ? dialect.castFromFile(dialect.quoteIdentifier(column.name), column.type, to)
    : `cast(null as ${dialect.columnType(to)})`;
  return value === as ? value : `${value} as ${as}`;
}

/**
 * The rows of all files as one relation: operation, commit instant, padded sequence, then the history's source
 * columns with the history's types; a column a file lacks is null. One row per row of the files.
 *
 * @param before read the before-images of keys too
 */
export function renderFileRows(
  dialect: Dialect,
  table: HistoryTable,
  groups: readonly FileGroup[],
  before = hasBeforeImages(table, groups),
): string {
  const names = historyNames(dialect, table);
  const change = changeNames(names);
  const keys = keyColumns(table);
  const prefix = table.config.changeColumns.beforeImagePrefix;
  const one = (column: Column, group: FileGroup): string =>
    sourceExpr(dialect, group, column.name, dialect.quoteIdentifier(column.name), column.type);
  const selects = groups.map((group) => {
    const columns = [
      `${dialect.quoteIdentifier(table.config.changeColumns.op)} as ${change.op}`,
      `${commitTimeExpr(dialect, table, group)} as ${change.time}`,
      `${sequenceExpr(dialect, table, group)} as ${change.seq}`,
      `${group.reloadedAt === null ? 'false' : 'true'} as ${change.reloaded}`,
      ...table.columns.map((column) => one(column, group)),
      ...(before
        ? keys.map((key, i) => sourceExpr(dialect, group, prefix + key.name, change.oldKeys[i]!, key.type))
        : []),
    ];
    return `select\n  ${columns.join(',\n  ')}\nfrom ${dialect.readFiles(
      group.files.map((f) => f.enginePath),
      group.columns,
    )}`;
  });
  return selects.join('\nunion all\n');
}

/**
 * Key changes made plain: an update whose old key differs becomes a delete of the old key and an insert of the new
 * one, at the same time and sequence.
 *
 * | key | old key | op | becomes |
 * |---|---|---|---|
 * | 2 | 1 | U | D of 1 (key only), I of 2 |
 * | 2 | null | U | U of 2 |
 *
 * @param from name of a step made by `renderFileRows` whose files have before-images
 */
export function renderKeyChanges(dialect: Dialect, table: HistoryTable, from: string): string {
  const names = historyNames(dialect, table);
  const change = changeNames(names);
  const moved = names.own('moved');
  const side = names.own('side');
  const differs = names.keys
    .map((key, i) => `(${change.oldKeys[i]} is not null and ${dialect.isDistinct(change.oldKeys[i]!, key)})`)
    .join(' or ');
  const valuesOnce = (name: string): string => {
    const at = names.keys.indexOf(name);
    if (at < 0) return `case when ${side} = 'old' then null else ${name} end as ${name}`;
    return `case when ${side} = 'old' then coalesce(${change.oldKeys[at]}, ${name}) else ${name} end as ${name}`;
  };
  const sides = `case when ${moved} then ${dialect.array(["'old'", "'new'"])} else ${dialect.array(["'new'"])} end`;
  return [
    'select',
    `  case when ${side} = 'old' then 'D' when ${moved} then 'I' else ${change.op} end as ${change.op},`,
    `  ${change.time}, ${change.seq}, ${change.reloaded},`,
    `  ${names.source.map(valuesOnce).join(',\n  ')}`,
    'from (',
    `  select *, ${change.op} = 'U' and (${differs}) as ${moved}`,
    `  from ${from}`,
    `) ${names.own('marked')} ${dialect.explode(sides, side)}`,
  ].join('\n');
}

/** The steps that turn files into a relation of changes, and the name of the last one. */
export function changeSteps(
  dialect: Dialect,
  table: HistoryTable,
  files: readonly FileToRead[],
  { keyChanges }: Pick<ChangeFacts, 'keyChanges'> = NO_FACTS,
): { readonly steps: readonly (readonly [string, string])[]; readonly changes: string } {
  const groups = groupFiles(files);
  const before = keyChanges === 'possible' && hasBeforeImages(table, groups);
  const rows = renderFileRows(dialect, table, groups, before);
  if (!before) return { steps: [['changes', rows]], changes: 'changes' };
  return {
    steps: [
      ['file_rows', rows],
      ['changes', renderKeyChanges(dialect, table, 'file_rows')],
    ],
    changes: 'changes',
  };
}

/**
 * Order in which one of several changes that claim the same (key, time, sequence) is kept: a delete first, then the
 * larger row, column by column in table order, nulls smallest.
 */
function tieOrder(dialect: Dialect, table: HistoryTable): string {
  const names = historyNames(dialect, table);
  const { op } = changeNames(names);
  const floating = table.columns
    .filter(({ type }) => type.kind === 'float' || type.kind === 'double')
    .map((column) => dialect.quoteIdentifier(column.name));
  // A column that is sorted by may come out of the sort with its -0 made 0; a sum of it may not.
  const columns = names.values.map(
    (name) => `${floating.includes(name) ? `${name} + 0` : name} desc nulls last`,
  );
  return [`case when ${op} = 'D' then 0 else 1 end`, ...columns].join(', ');
}

/** The tail of a select that keeps one of the changes that claim the same (key, time, sequence). */
export function fromDistinctChanges(
  dialect: Dialect,
  table: HistoryTable,
  { repeats }: Pick<ChangeFacts, 'repeats'>,
): string {
  if (repeats !== 'possible') return 'from changes';
  const names = historyNames(dialect, table);
  const { time, seq } = changeNames(names);
  return fromFirstChange(names, [...names.keys, time, seq], tieOrder(dialect, table));
}

/** The tail of a select that keeps one of the changes that share `per`: the first by `order`. */
function fromFirstChange(names: HistoryNames, per: readonly string[], order: string): string {
  const rank = names.own('rank');
  return [
    'from (',
    '  select *, row_number() over (',
    `    partition by ${list(per)}`,
    `    order by ${order}`,
    `  ) as ${rank}`,
    '  from changes',
    ') ranked',
    `where ${rank} = 1`,
  ].join('\n');
}

/** The tail of a select that keeps the last change of every key. */
export function fromLastChange(
  dialect: Dialect,
  table: HistoryTable,
  { repeats }: Pick<ChangeFacts, 'repeats'>,
): string {
  if (repeats === 'no-key-twice') return 'from changes';
  const names = historyNames(dialect, table);
  const { time, seq } = changeNames(names);
  const ties = repeats === 'possible' ? `, ${tieOrder(dialect, table)}` : '';
  return fromFirstChange(names, names.keys, `${time} desc, ${seq} desc${ties}`);
}

/**
 * How many (key, time, sequence) are claimed more than once, how many different keys there are, and how many changes:
 * three texts of one row; a cheap probe.
 */
export function renderChangeProbe(
  dialect: Dialect,
  table: HistoryTable,
  files: readonly FileToRead[],
  facts: Pick<ChangeFacts, 'keyChanges'> = NO_FACTS,
): string {
  const { keys, names, change, steps } = changeContext(dialect, table, files, facts);
  const repeats = names.own('repeats');
  const rows = names.own('rows');
  const count = (expr: string): string => dialect.toText(expr, { kind: 'int', bits: 64 });
  return [
    steps,
    `select ${count(`coalesce(sum(${repeats}), 0)`)}, ${count('count(*)')}, ${count(`coalesce(sum(${rows}), 0)`)}`,
    'from (',
    `  select ${list(keys)}, sum(${repeats}) as ${repeats}, sum(${rows}) as ${rows}`,
    '  from (',
    `    select ${list(keys)}, case when count(*) > 1 then 1 else 0 end as ${repeats}, count(*) as ${rows}`,
    '    from changes',
    `    group by ${list(keys)}, ${change.time}, ${change.seq}`,
    '  ) claims',
    `  group by ${list(keys)}`,
    ') per_key',
  ].join('\n');
}

/** How many different changes lose against another one that claims the same (key, time, sequence); one text value. */
export function renderAmbiguousCount(
  dialect: Dialect,
  table: HistoryTable,
  files: readonly FileToRead[],
  facts: Pick<ChangeFacts, 'keyChanges'> = NO_FACTS,
): string {
  const { keys, names, change, steps } = changeContext(dialect, table, files, facts);
  const identity = [...keys, change.time, change.seq];
  const kind = `case when ${change.op} = 'D' then 'D' else 'U' end as ${change.op}`;
  const losers = names.own('losers');
  return [
    steps,
    `select ${dialect.toText(`coalesce(sum(${losers}), 0)`, { kind: 'int', bits: 64 })}`,
    'from (',
    `  select count(*) - 1 as ${losers}`,
    '  from (',
    `    select distinct ${kind}, ${list([...identity, ...names.values])}`,
    '    from changes',
    '  ) different',
    `  group by ${list(identity)}`,
    '  having count(*) > 1',
    ') ambiguous',
  ].join('\n');
}

/** The `with` that makes `changes`, and what its columns are called. */
export function changeContext(
  dialect: Dialect,
  table: HistoryTable,
  files: readonly FileToRead[],
  facts: Pick<ChangeFacts, 'keyChanges'>,
) {
  const names = historyNames(dialect, table);
  const { steps } = changeSteps(dialect, table, files, facts);
  const text = steps.map(([name, sql]) => `${name} as (\n  ${indent(sql, 2)}\n)`).join(',\n');
  return { names, keys: names.keys, change: changeNames(names), steps: `with ${text}` };
}
