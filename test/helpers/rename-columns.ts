import { formatColumnType } from '../../lib/config/column-type.ts';
import { trackedColumns } from './scenarios.ts';
import type { Change, Values } from './oracle-types.ts';
import type { Grid } from './scenario-grid.ts';
import { lastColumns, type Round, type Story, type StoryFile } from './story.ts';

type Names = (name: string) => string;

/**
 * Stories in which a name means the same column wherever one table could hold it: of columns that are of another type, or
 * a key in one story and none in another, those of later stories are called `id_2` and so on. A story in which a column
 * changes its type keeps its names, so that it stays alone and its columns where they are.
 */
export function withoutNameClashes(stories: readonly Story[]): Story[] {
  const known = new Map<string, Map<string, string>>();
  return stories.map((story) => {
    if (changesTypes(story)) return story;
    const { history, sequence, reload } = story.table;
    const group = JSON.stringify([history, sequence, reload]);
    const meanings = known.get(group) ?? new Map<string, string>();
    known.set(group, meanings);
    return renameColumns(story, newNames(story, meanings));
  });
}

/** The story with its columns called otherwise; those without another name keep theirs. */
export function renameColumns(story: Story, names: ReadonlyMap<string, string>): Story {
  if ([...names].every(([from, to]) => from === to)) return story;
  const name: Names = (column) => names.get(column) ?? column;
  const { keys, track } = story.table;
  const table: Story['table'] = {
    ...story.table,
    keys: keys.map(name),
    track: track.kind === 'all' ? track : { ...track, columns: track.columns.map(name) },
  };
  return { ...story, table, rounds: story.rounds.map((round) => renamedRound(round, name)) };
}

/** A name for each column of a story that means what it means there, or nothing yet. */
function newNames(story: Story, meanings: Map<string, string>): Map<string, string> {
  const tracked = trackedColumns(story.table, lastColumns(story));
  const columns = lastColumns(story).map(({ name, type }) => {
    const role = story.table.keys.includes(name) ? 'key' : tracked.includes(name) ? 'tracked' : 'untracked';
    return { name, meaning: `${role} ${formatColumnType(type)}` };
  });
  const names = new Map<string, string>();
  for (const { name, meaning } of columns) {
    let free = name;
    for (let n = 2; (meanings.get(free) ?? meaning) !== meaning; n += 1) free = `${name}_${n}`;
    meanings.set(free, meaning);
    names.set(name, free);
  }
  return names;
}

function changesTypes({ rounds }: Story): boolean {
  const types = new Map<string, string>();
  return rounds.some(({ columns }) =>
    columns.some(({ name, type }) => {
      const text = formatColumnType(type);
      const before = types.get(name) ?? text;
      types.set(name, text);
      return before !== text;
    }),
  );
}

function renamedRound(round: Round, name: Names): Round {
  const { columns, files, expect } = round;
  return {
    ...round,
    columns: columns.map((column) => ({ ...column, name: name(column.name) })),
    files: files.map((file) => renamedFile(file, name)),
    expect: expect && {
      ...expect,
      history: expect.history && renamedGrid(expect.history, name),
      current: expect.current && renamedGrid(expect.current, name),
      versions: expect.versions && renamedGrid(expect.versions, name),
      asOf: expect.asOf.map(({ instant, grid }) => ({ instant, grid: renamedGrid(grid, name) })),
    },
  };
}

function renamedFile(file: StoryFile, name: Names): StoryFile {
  return {
    ...file,
    columns: file.columns.map((column) => ({ ...column, name: name(column.name) })),
    beforeImage: file.beforeImage.map(name),
    changes: file.changes.map((change): Change => {
      const { values, beforeKeys, ...rest } = change;
      const before = beforeKeys && { beforeKeys: renamedValues(beforeKeys, name) };
      return { ...rest, values: renamedValues(values, name), ...before };
    }),
  };
}

function renamedGrid({ header, rows }: Grid, name: Names): Grid {
  return { header: header.map(name), rows: rows.map((row) => renamedValues(row, name)) };
}

const renamedValues = (values: Values, name: Names): Values =>
  Object.fromEntries(Object.entries(values).map(([column, value]) => [name(column), value]));
