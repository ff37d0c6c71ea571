import type { Dialect } from '../ports.ts';
import { type HistoryTable, historyNames } from './history-table.ts';
import { type MergeSource, writeNames } from './merge.ts';
import {
  type ChangeFacts,
  changeNames,
  changeSteps,
  type FileToRead,
  fromLastChange,
} from './read-changes.ts';
import { keyRangeCondition } from './key-ranges.ts';
import { anyOf, equalOn, list, withSteps } from './sql-text.ts';

/**
 * The last change of every key of the batch, and what it means for the history.
 *
 * | last op | key in history | decision |
 * |---|---|---|
 * | any | change not later than the newest seen | `stale` |
 * | I, U | unknown, or latest row closed | `open` |
 * | I, U | current row, a tracked column distinct | `replace`: close it, open a new one |
 * | I, U | current row, only untracked columns distinct | `update` in place |
 * | I, U | current row, nothing distinct | `seen` |
 * | D | current row | `close` |
 * | D | unknown | `tombstone` |
 * | D | latest row closed | `seen` |
 *
 * Under `sequence: commit-time` a change at the very instant last seen is applied; where that instant is the latest
 * row's own start, the row is changed in place (`update`), so that no two rows of a key start at one instant.
 *
 * Invariant: one row per key, so at most one current row per key after the merge.
 */
export function renderLastChangeDecisions(
  dialect: Dialect,
  table: HistoryTable,
  files: readonly FileToRead[],
  facts: ChangeFacts,
): string {
  const names = historyNames(dialect, table);
  const { h } = names;
  const change = changeNames(names);
  const { steps } = changeSteps(dialect, table, files, facts);
  const latest = latestNames(table, dialect);
  const rank = names.own('rank');
  const decision = names.own('decision');
  const within = keyRangeCondition(dialect, table, facts.keyRanges, 'h');

  const deduplicated = [
    `select ${list([...names.source, change.op, change.time, change.seq])}`,
    fromLastChange(dialect, table, facts),
  ].join('\n');

  // Decided for every row that the history has of a key, before the latest is chosen: only what was decided is sorted.
  const compared = [
    `select ${list([...names.source, change.op, change.time, change.seq], 'd.')},`,
    `  h.${h.effectiveDate} as ${latest.date}, h.${h.effectiveSeq} as ${latest.seq},`,
    `  case\n    ${decisionCases(dialect, table).join('\n    ')}\n  end as ${decision},`,
    `  row_number() over (partition by ${list(names.keys, 'd.')} order by h.${h.effectiveDate} desc nulls last, h.${h.effectiveSeq} desc nulls last) as ${rank}`,
    'from deduplicated as d',
    `left join ${names.table} as h on ${equalOn(names.keys, 'd', 'h')}`,
    ...(within === null ? [] : [`  and ${within}`]),
  ].join('\n');

  return [
    withSteps([...steps, ['deduplicated', deduplicated], ['compared', compared]]),
    `select ${list([...names.source, change.op, change.time, change.seq, latest.date, latest.seq, decision])}`,
    'from compared',
    `where ${rank} = 1`,
  ].join('\n');
}

function latestNames(table: HistoryTable, dialect: Dialect) {
  const { own } = historyNames(dialect, table);
  return { date: own('latest_date'), seq: own('latest_seq') };
}

/** What a change `d` means, `h` being the latest row of its key, or nothing. */
function decisionCases(dialect: Dialect, table: HistoryTable): string[] {
  const names = historyNames(dialect, table);
  const { h } = names;
  const { op, time, seq } = changeNames(names);
  const distinct = (columns: readonly string[]): string =>
    `(${anyOf(columns.map((name) => dialect.isDistinct(`d.${name}`, `h.${name}`)))})`;
  const byTimeAlone = table.config.sequence === 'commit-time';
  const notLater = byTimeAlone
    ? `d.${time} < h.${h.seenDate}`
    : `(d.${time} < h.${h.seenDate} or (d.${time} = h.${h.seenDate} and d.${seq} <= h.${h.seenSeq}))`;
  const sameStart = `d.${time} = h.${h.effectiveDate} and d.${seq} = h.${h.effectiveSeq}`;
  const inPlace = [
    `when ${sameStart} and d.${op} <> 'D' and (not h.${h.current} or ${distinct(names.values)}) then 'update'`,
  ];
  return [
    `when h.${h.current} is null and d.${op} = 'D' then 'tombstone'`,
    `when h.${h.current} is null then 'open'`,
    `when ${notLater} then 'stale'`,
    ...(byTimeAlone ? inPlace : []),
    `when d.${op} = 'D' and h.${h.current} then 'close'`,
    `when d.${op} = 'D' then 'seen'`,
    `when not h.${h.current} then 'open'`,
    `when ${distinct(names.tracked)} then 'replace'`,
    ...(names.untracked.length > 0 ? [`when ${distinct(names.untracked)} then 'update'`] : []),
    "else 'seen'",
  ];
}

/**
 * The decisions as rows for one merge: a `replace` becomes a close and an insert by exploding, so that files and
 * history are read once. Time and sequence come once; what they mean in each role is said by `writes`.
 *
 * @param decisions a relation of `renderLastChangeDecisions`' rows: a table name or a select in parentheses
 */
export function renderLastChangeWrites(
  dialect: Dialect,
  table: HistoryTable,
  decisions: string,
): MergeSource {
  const names = historyNames(dialect, table);
  const { time, seq } = changeNames(names);
  const w = writeNames(names);
  const decision = names.own('decision');
  const latest = latestNames(table, dialect);
  const does: readonly [string, readonly string[]][] = [
    ['replace', ["'close'", "'insert'"]],
    ['open', ["'insert'"]],
    ['tombstone', ["'insert'"]],
    ['close', ["'close'"]],
    ['update', ["'rewrite'"]],
  ];
  const cases = does.map(([name, writes]) => `when '${name}' then ${dialect.array(writes)}`);
  const exploded = `case ${decision} ${cases.join(' ')} else ${dialect.array(["'touch'"])} end`;
  const ends = names.own('ends');
  const succeeded = names.own('succeeded');
  const select = [
    `select ${list(names.source)}, ${w.write}, ${time}, ${seq},`,
    `  case when ${w.write} = 'insert' then null else ${latest.date} end as ${w.matchDate},`,
    `  case when ${w.write} = 'insert' then null else ${latest.seq} end as ${w.matchSeq},`,
    `  ${w.write} = 'close' or ${decision} = 'tombstone' as ${ends},`,
    `  ${w.write} = 'close' and ${decision} = 'replace' as ${succeeded}`,
    `from ${decisions} ${names.own('decided')} ${dialect.explode(exploded, w.write)}`,
    `where ${decision} <> 'stale'`,
  ].join('\n');
  return {
    select,
    writes: {
      effectiveDate: `s.${time}`,
      effectiveSeq: `s.${seq}`,
      current: `not s.${ends}`,
      endDate: `case when s.${ends} then s.${time} end`,
      endSeq: `case when s.${ends} then s.${seq} end`,
      // A row's successor carries the mark.
      seenDate: `case when not s.${succeeded} then s.${time} end`,
      seenSeq: `case when not s.${succeeded} then s.${seq} end`,
    },
  };
}

/** The rows of a first load into an empty history: every key opened at its last change. */
export function renderFirstRows(
  dialect: Dialect,
  table: HistoryTable,
  files: readonly FileToRead[],
  facts: ChangeFacts,
): MergeSource {
  const names = historyNames(dialect, table);
  const { time, seq } = changeNames(names);
  const { steps } = changeSteps(dialect, table, files, facts);
  return {
    select: [
      withSteps([...steps]),
      `select ${list(names.source)}, ${time}, ${seq}`,
      fromLastChange(dialect, table, facts),
    ].join('\n'),
    writes: {
      effectiveDate: `s.${time}`,
      effectiveSeq: `s.${seq}`,
      current: 'true',
      endDate: `cast(null as ${dialect.columnType({ kind: 'timestamptz' })})`,
      endSeq: `cast(null as ${dialect.columnType({ kind: 'string' })})`,
      seenDate: `s.${time}`,
      seenSeq: `s.${seq}`,
    },
  };
}
