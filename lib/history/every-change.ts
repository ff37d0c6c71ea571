import type { Dialect } from '../ports.ts';
import { type HistoryNames, type HistoryTable, historyNames } from './history-table.ts';
import { type MergeSource, writeNames } from './merge.ts';
import {
  type ChangeFacts,
  changeNames,
  changeSteps,
  type FileToRead,
  fromDistinctChanges,
} from './read-changes.ts';
import { touchedKeys } from './touched-keys.ts';
import { indent, list, withSteps } from './sql-text.ts';

/** Names of the columns an event of the rebuilt timeline has besides keys, values, time and sequence. */
interface EventNames {
  readonly kind: string;
  /** What of the history says so: `row`, `tombstone`, `end` (a row's end by a delete); null for a new change. */
  readonly stored: string;
  readonly storedEndDate: string;
  readonly storedEndSeq: string;
  readonly storedSeenDate: string;
  readonly repeated: string;
  readonly confirmedAt: string;
}

function eventNames(names: HistoryNames): EventNames {
  return {
    kind: names.own('kind'),
    stored: names.own('stored'),
    storedEndDate: names.own('stored_end_date'),
    storedEndSeq: names.own('stored_end_seq'),
    storedSeenDate: names.own('stored_seen_date'),
    repeated: names.own('repeated'),
    confirmedAt: names.own('confirmed_at'),
  };
}

/** Where the row that an event opens ends: the next event of the key. */
const endNames = (names: HistoryNames) => ({ date: names.own('end_date'), seq: names.own('end_seq') });

const nulls = (dialect: Dialect) => ({
  instant: `cast(null as ${dialect.columnType({ kind: 'timestamptz' })})`,
  text: `cast(null as ${dialect.columnType({ kind: 'string' })})`,
});

/**
 * The batch's changes, one per (key, time, sequence); of several that claim one the tie rule keeps one. A delete
 * carries its key only.
 */
function renderIncoming(dialect: Dialect, table: HistoryTable, facts: ChangeFacts): string {
  const names = historyNames(dialect, table);
  const change = changeNames(names);
  const columns = names.source.map((name) =>
    names.keys.includes(name) ? name : `case when ${change.op} = 'D' then null else ${name} end as ${name}`,
  );
  return [
    `select ${columns.join(',\n  ')},`,
    `  case when ${change.op} = 'D' then 'D' else 'U' end as ${change.op}, ${change.time}, ${change.seq}, ${change.reloaded}`,
    fromDistinctChanges(dialect, table, facts),
  ].join('\n');
}

/**
 * The touched keys' rows read back into the changes they are the image of.
 *
 * | row | changes |
 * |---|---|
 * | tombstone at t | D at t |
 * | [t, u), next row starts at u | U at t |
 * | [t, u), next row starts later or not at all | U at t, D at u |
 * | [t, open) | U at t |
 */
function renderStoredEvents(dialect: Dialect, table: HistoryTable, facts: ChangeFacts): string {
  const names = historyNames(dialect, table);
  const { h } = names;
  const { time, seq, reloaded } = changeNames(names);
  const e = eventNames(names);
  const next = { date: names.own('next_date'), seq: names.own('next_seq') };
  const order = `partition by ${list(names.keys)} order by ${h.effectiveDate}, ${h.effectiveSeq}`;
  const tombstone = `${h.effectiveDate} = ${h.endDate} and ${h.effectiveSeq} = ${h.endSeq}`;
  const met = `${h.endDate} = ${next.date} and ${h.endSeq} = ${next.seq}`;
  const parts = [
    `case when ${tombstone} then ${dialect.array(["'tombstone'"])}`,
    `when ${h.endDate} is null or coalesce(${met}, false) then ${dialect.array(["'row'"])}`,
    `else ${dialect.array(["'row'", "'end'"])} end`,
  ].join(' ');
  const values = names.source.map((name) =>
    names.keys.includes(name) ? name : `case when ${e.stored} = 'row' then ${name} end as ${name}`,
  );
  const ofRow = (name: string): string => `case when ${e.stored} = 'row' then ${name} end`;
  return [
    `select ${values.join(',\n  ')},`,
    `  case when ${e.stored} = 'row' then 'U' else 'D' end as ${e.kind},`,
    `  case when ${e.stored} = 'end' then ${h.endDate} else ${h.effectiveDate} end as ${time},`,
    `  case when ${e.stored} = 'end' then ${h.endSeq} else ${h.effectiveSeq} end as ${seq},`,
    `  false as ${reloaded}, ${e.stored},`,
    `  ${ofRow(h.endDate)} as ${e.storedEndDate}, ${ofRow(h.endSeq)} as ${e.storedEndSeq},`,
    `  ${ofRow(h.seenDate)} as ${e.storedSeenDate}`,
    'from (',
    `  select *, lead(${h.effectiveDate}) over (${order}) as ${next.date},`,
    `    lead(${h.effectiveSeq}) over (${order}) as ${next.seq}`,
    `  from ${names.table} as h`,
    `  where ${touchedKeys(dialect, table, facts)}`,
    `) ${names.own('linked')} ${dialect.explode(parts, e.stored)}`,
  ].join('\n');
}

/** Stored and new changes together, one per (key, time, sequence); what is stored stays. */
function renderEvents(dialect: Dialect, table: HistoryTable, empty: boolean): string {
  const names = historyNames(dialect, table);
  const change = changeNames(names);
  const e = eventNames(names);
  const no = nulls(dialect);
  const identity = `partition by ${list(names.keys)}, ${change.time}, ${change.seq}`;
  const own = [
    change.time,
    change.seq,
    change.reloaded,
    e.stored,
    e.storedEndDate,
    e.storedEndSeq,
    e.storedSeenDate,
  ];
  const rank = names.own('rank');
  const incoming = [
    `select ${list(names.source)}, ${change.op} as ${e.kind}, ${change.time}, ${change.seq}, ${change.reloaded},`,
    `  ${no.text} as ${e.stored}, ${no.instant} as ${e.storedEndDate}, ${no.text} as ${e.storedEndSeq},`,
    `  ${no.instant} as ${e.storedSeenDate}`,
  ].join('\n');
  if (empty) return `${incoming}, false as ${e.repeated}\nfrom incoming`;
  return [
    `select ${list([...names.source, e.kind, ...own])}, ${e.repeated}`,
    'from (',
    `  select *, row_number() over (${identity} order by ${e.stored} nulls last) as ${rank},`,
    `    count(*) over (${identity}) > 1 as ${e.repeated}`,
    '  from (',
    `    select ${list([...names.source, e.kind, ...own])} from stored_events`,
    '    union all',
    `    ${indent(incoming, 4)}`,
    '    from incoming',
    '  ) both_sides',
    ') ranked',
    `where ${rank} = 1`,
  ].join('\n');
}

/**
 * A reloaded row equal to the row valid at that instant opens nothing: it is dropped, and the row it confirms
 * remembers when.
 */
function renderConfirmed(dialect: Dialect, table: HistoryTable): string {
  const names = historyNames(dialect, table);
  const { time, seq, reloaded } = changeNames(names);
  const e = eventNames(names);
  const order = `partition by ${list(names.keys)} order by ${time}, ${seq}`;
  const confirms = names.own('confirms');
  const confirmedAt = e.confirmedAt;
  const same = names.values.map(
    (name) => `not (${dialect.isDistinct(name, `lag(${name}) over (${order})`)})`,
  );
  const equalToPrevious = [`lag(${e.kind}) over (${order}) = 'U'`, ...same].join('\n      and ');
  return [
    'select *',
    'from (',
    `  select *, case when lead(${confirms}) over (${order}) then lead(${time}) over (${order}) end as ${confirmedAt}`,
    '  from (',
    `    select *, ${reloaded} and ${e.stored} is null and coalesce(${equalToPrevious}, false) as ${confirms}`,
    '    from events',
    '  ) compared',
    ') marked',
    `where not ${confirms}`,
  ].join('\n');
}

/** True when rows of these files may only confirm what the history says: those of a reload, unless all are changes. */
export function confirmsRows({ config }: HistoryTable, files: readonly FileToRead[]): boolean {
  return config.reload === 'snapshot' && files.some((file) => file.reloadedAt);
}

/** Each event with its neighbours: what came before it, and where the row it opens ends. */
function renderSequenced(dialect: Dialect, table: HistoryTable, from: string, confirmed: boolean): string {
  const names = historyNames(dialect, table);
  const { time, seq } = changeNames(names);
  const e = eventNames(names);
  const order = `partition by ${list(names.keys)} order by ${time}, ${seq}`;
  const end = endNames(names);
  return [
    `select *, lag(${e.kind}) over (${order}) as ${names.own('previous_kind')},`,
    `  lead(${time}) over (${order}) as ${end.date}, lead(${seq}) over (${order}) as ${end.seq}`,
    ...(confirmed ? [] : [`  , ${nulls(dialect).instant} as ${e.confirmedAt}`]),
    `from ${from}`,
  ].join('\n');
}

function decisionCases(dialect: Dialect, names: HistoryNames): string[] {
  const e = eventNames(names);
  const end = endNames(names);
  const afterRow = `coalesce(${names.own('previous_kind')}, 'D') = 'U'`;
  const endMoved = `(${dialect.isDistinct(end.date, e.storedEndDate)} or ${dialect.isDistinct(end.seq, e.storedEndSeq)})`;
  return [
    `when ${e.kind} = 'U' and ${e.stored} is null then 'insert'`,
    `when ${e.kind} = 'U' and ${endMoved} then 'close'`,
    `when ${e.kind} = 'U' and ${e.confirmedAt} > ${e.storedSeenDate} then 'touch'`,
    `when ${e.kind} = 'U' then 'keep'`,
    `when ${e.stored} = 'tombstone' and ${afterRow} then 'delete'`,
    `when ${e.stored} = 'tombstone' or ${afterRow} then 'keep'`,
    `else 'insert'`,
  ];
}

/**
 * The whole timeline of every touched key, rebuilt from what is stored and what is new, and what of it must be
 * written so that the rows are again the image of the set of changes.
 *
 * | event | stored | decision |
 * |---|---|---|
 * | upsert | no | `insert` a row from it to the next event |
 * | upsert | yes, ends elsewhere now | `close` at the next event |
 * | upsert | yes, as it was | `keep`, or `touch` when a reload confirmed it |
 * | delete after an upsert | as a tombstone | `delete` the tombstone: it found its row |
 * | delete after an upsert | no, or as that row's end | `keep` |
 * | delete first, or after a delete | not as a tombstone | `insert` a tombstone |
 *
 * Invariant: rows of a key start at distinct (time, sequence) and never overlap.
 *
 * @param empty the history has no rows, so nothing is read back
 */
export function renderEveryChangeDecisions(
  dialect: Dialect,
  table: HistoryTable,
  files: readonly FileToRead[],
  facts: ChangeFacts,
  empty = false,
): string {
  const names = historyNames(dialect, table);
  const change = changeNames(names);
  const e = eventNames(names);
  const end = endNames(names);
  const decision = names.own('decision');
  const confirms = confirmsRows(table, files);
  const { steps } = changeSteps(dialect, table, files, facts);
  return [
    withSteps([
      ...steps,
      ['incoming', renderIncoming(dialect, table, facts)],
      empty ? null : ['stored_events', renderStoredEvents(dialect, table, facts)],
      ['events', renderEvents(dialect, table, empty)],
      confirms ? ['confirmed', renderConfirmed(dialect, table)] : null,
      ['sequenced', renderSequenced(dialect, table, confirms ? 'confirmed' : 'events', confirms)],
    ]),
    `select ${list([...names.source, e.kind, change.time, change.seq, e.stored, e.storedEndDate, e.confirmedAt, e.storedSeenDate, e.repeated])},`,
    `  ${end.date}, ${end.seq},`,
    `  case\n    ${decisionCases(dialect, names).join('\n    ')}\n  end as ${decision}`,
    'from sequenced',
  ].join('\n');
}

/**
 * The decisions as rows for one merge.
 *
 * @param decisions a relation of `renderEveryChangeDecisions`' rows: a table name or a select in parentheses
 */
export function renderEveryChangeWrites(
  dialect: Dialect,
  table: HistoryTable,
  decisions: string,
): MergeSource {
  const names = historyNames(dialect, table);
  const { time, seq } = changeNames(names);
  const e = eventNames(names);
  const w = writeNames(names);
  const decision = names.own('decision');
  const end = endNames(names);
  const seen = names.own('seen_date');
  const isTombstone = `${e.kind} = 'D'`;
  const select = [
    `select ${list(names.source)}, ${decision} as ${w.write}, ${time}, ${seq},`,
    `  case when ${decision} = 'insert' then null else ${time} end as ${w.matchDate},`,
    `  case when ${decision} = 'insert' then null else ${seq} end as ${w.matchSeq},`,
    `  case when ${isTombstone} then ${time} else ${end.date} end as ${end.date},`,
    `  case when ${isTombstone} then ${seq} else ${end.seq} end as ${end.seq},`,
    // Both engines let `greatest` pass over nulls.
    `  coalesce(greatest(${e.confirmedAt}, ${e.storedSeenDate}), ${time}) as ${seen}`,
    `from ${decisions} ${names.own('decided')}`,
    `where ${decision} <> 'keep'`,
  ].join('\n');
  return {
    select,
    writes: {
      effectiveDate: `s.${time}`,
      effectiveSeq: `s.${seq}`,
      current: `s.${end.date} is null`,
      endDate: `s.${end.date}`,
      endSeq: `s.${end.seq}`,
      seenDate: `s.${seen}`,
      seenSeq: `case when s.${seen} = s.${time} then s.${seq} else '' end`,
    },
  };
}
