import type { Dialect } from '../ports.ts';
import { type HistoryTable, historyNames } from './history-table.ts';
import { list } from './sql-text.ts';
import { versionsRef } from './table-definition.ts';

/**
 * Versions as people query them: rows of zero length left out, neighbours that touch and differ in no tracked column
 * merged into one (first start, last end, last values).
 *
 * | rows of a key | versions |
 * |---|---|
 * | a [1, 2), a [2, open) | a [1, open) |
 * | a [1, 2), b [2, 2), a [2, open) | a [1, open) |
 * | a [1, 2), a [3, open) | a [1, 2), a [3, open) |
 */
export function renderVersions(dialect: Dialect, table: HistoryTable, relation?: string): string {
  const names = historyNames(dialect, table);
  const { h } = names;
  const order = `partition by ${list(names.keys)} order by ${h.effectiveDate}, ${h.effectiveSeq}`;
  const starts = names.own('starts');
  const run = names.own('run');
  const rank = names.own('rank');
  const first = names.own('first_effective_date');
  const touches = `lag(${h.endDate}) over (${order}) = ${h.effectiveDate}`;
  const same = names.tracked.map(
    (name) => `not (${dialect.isDistinct(name, `lag(${name}) over (${order})`)})`,
  );
  const runOf = `partition by ${list([...names.keys, run])}`;
  return [
    'with visible as (',
    '  select *',
    `  from ${relation ?? names.table}`,
    `  where ${h.endDate} is null or ${h.endDate} > ${h.effectiveDate}`,
    '),',
    'marked as (',
    `  select *, case when ${[touches, ...same].join('\n    and ')} then 0 else 1 end as ${starts}`,
    '  from visible',
    '),',
    'runs as (',
    `  select *, sum(${starts}) over (${order} rows between unbounded preceding and current row) as ${run}`,
    '  from marked',
    '),',
    'merged as (',
    `  select *, min(${h.effectiveDate}) over (${runOf}) as ${first},`,
    `    row_number() over (${runOf} order by ${h.effectiveDate} desc, ${h.effectiveSeq} desc) as ${rank}`,
    '  from runs',
    ')',
    `select ${list(names.source)}, ${h.current}, ${first} as ${h.effectiveDate}, ${h.endDate}`,
    'from merged',
    `where ${rank} = 1`,
  ].join('\n');
}

/** Creates the `<table>_versions` view where there is none; one that is there is replaced. */
export function renderVersionsView(dialect: Dialect, table: HistoryTable): string {
  return `create or replace view ${dialect.tableName(versionsRef(table.ref))} as\n${renderVersions(dialect, table)}`;
}

/** Makes the `<table>_versions` view show the history as it is now; rights that were given on it stay. */
export function renderVersionsViewAnew(dialect: Dialect, table: HistoryTable): readonly string[] {
  return dialect.replaceView(versionsRef(table.ref), renderVersions(dialect, table));
}
