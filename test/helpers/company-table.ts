import type { Column, ColumnType } from '../../lib/config/column-type.ts';
import type { TrackConfig } from '../../lib/config/config.ts';
import { arrivals, type Company, type Member, roundOf } from './company.ts';
import { trackedColumns } from './scenarios.ts';
import type { Change, Values } from './oracle-types.ts';
import { lastColumns, type Round, type StoryFile } from './story.ts';
import type { TestTable } from './test-pipeline.ts';

/** The key that tells the stories of a company apart: first of the table's keys, named as no story names a column. */
export const STORY = '§story';

const STORY_COLUMN: Column = { name: STORY, type: { kind: 'string' } };

/** What a member's rows have in the column that tells stories apart. */
export function storyKey(company: Company, member: Member): string {
  return `s${company.members.indexOf(member)}`;
}

/** The one table of a company. Keys that a story does not have are the same in all of its rows. */
export function companyTable({ members }: Company): TestTable {
  const { history, sequence, reload } = members[0]!.story.table;
  return { keys: [STORY, ...keysOf(members)], history, sequence, reload, track: trackOf(members) };
}

function keysOf(members: readonly Member[]): string[] {
  const keys = new Set(members.flatMap(({ story }) => story.table.keys));
  return [...arrivals(members).keys()].filter((name) => keys.has(name));
}

function trackOf(members: readonly Member[]): TrackConfig {
  const untracked = members.flatMap(({ story }) => {
    const columns = lastColumns(story);
    const tracked = trackedColumns(story.table, columns);
    const others = columns.map(({ name }) => name).filter((name) => !story.table.keys.includes(name));
    return others.filter((name) => !tracked.includes(name));
  });
  return untracked.length === 0 ? { kind: 'all' } : { kind: 'except', columns: [...new Set(untracked)] };
}

/** The table's source columns in a round, in its order. */
function columnsIn({ members }: Company, round: number): Column[] {
  const there = [...arrivals(members)].filter(([, since]) => since <= round).map(([name]) => name);
  return there.map((name) => ({ name, type: typeIn(members, name, round) }));
}

/** Only a story that shares a column with nobody changes its type on the way. */
function typeIn(members: readonly Member[], name: string, round: number): ColumnType {
  const types = members.flatMap(({ story, at }) => {
    const rounds = story.rounds.filter((_, i) => at[i]! <= round || i === 0);
    return rounds.flatMap(({ columns }) => columns.filter((column) => column.name === name));
  });
  return types.at(-1)!.type;
}

/**
 * The files of a round: those of all members that look alike are one. A file has every column that the table has, null
 * where its story knows nothing of it, except those that the story's own file left out. Wide ones come first, so that
 * the table gets its columns in its order.
 */
export function filesIn(company: Company, round: number): StoryFile[] {
  const table = columnsIn(company, round);
  const keys = keysOf(company.members);
  const merged = new Map<string, StoryFile & { changes: Change[] }>();
  for (const member of company.members) {
    const own = roundOf(member, round);
    if (own === null) continue;
    const same: Record<string, number> = {};
    for (const file of own.files) {
      const { load, beforeImage } = file;
      const columns = [STORY_COLUMN, ...widened(file, own, table)];
      const shape = JSON.stringify([load, columns, beforeImage]);
      same[shape] = (same[shape] ?? 0) + 1;
      // Files of one story stay files of their own.
      const slot = `${shape}${same[shape]}`;
      const into = merged.get(slot) ?? { load, columns, beforeImage, changes: [] };
      const filler = { [STORY]: storyKey(company, member), ...fillers(table, keys) };
      into.changes.push(...file.changes.map((change) => withFiller(change, filler)));
      merged.set(slot, into);
    }
  }
  return [...merged.values()].sort((a, b) => b.columns.length - a.columns.length);
}

function widened(file: StoryFile, own: Round, table: readonly Column[]): Column[] {
  const has = (name: string): boolean => file.columns.some((column) => column.name === name);
  const leftOut = own.columns.filter(({ name }) => !has(name)).map(({ name }) => name);
  return table
    .filter(({ name }) => !leftOut.includes(name))
    .map((column) => file.columns.find(({ name }) => name === column.name) ?? column);
}

function withFiller(change: Change, filler: Values): Change {
  return { ...change, values: { ...filler, ...change.values } };
}

function fillers(table: readonly Column[], keys: readonly string[]): Values {
  return Object.fromEntries(
    table.filter(({ name }) => keys.includes(name)).map(({ name, type }) => [name, fillerOf(type)]),
  );
}

function fillerOf({ kind }: ColumnType): string {
  if (kind === 'string') return '';
  if (kind === 'date') return '1970-01-01';
  if (kind === 'int' || kind === 'decimal') return '0';
  throw new Error(`No story has a key of type ${kind} yet: say here what others have in it.`);
}
