import { expect } from 'vitest';
import type { HistoryMode } from '../../lib/config/config.ts';
import type { Delivery, Feed } from './arbitraries.ts';
import type { Play } from './arbitrary-plays.ts';
import type { HistoryRow, Oracle, Values } from './oracle-types.ts';
import { comparable, flattenHistory, flattenVersion, type Grid } from './scenario-grid.ts';
import type { Expectation } from './scenarios.ts';
import { oracleOfStory, type Round, type Story, type StoryFile } from './story.ts';
import type { Told } from './tell-company.ts';

/** The stories of a play: each of its deliveries, as the model tells it. */
export function storiesOfPlay(play: Play, mode: HistoryMode, name: string): Record<Way, Story> {
  const story = (way: Way): Story => storyOf(play, play[way], mode, `${name}, ${WAYS[way]}`);
  return { one: story('one'), other: story('other'), inOrder: story('inOrder') };
}

export type Way = 'one' | 'other' | 'inOrder';

const WAYS: Readonly<Record<Way, string>> = {
  one: 'in any order',
  other: 'in another order',
  inOrder: 'in order with repeats',
};

function storyOf({ feed, glance }: Play, delivery: Delivery, mode: HistoryMode, name: string): Story {
  const { keys, columns, tracked } = feed.table;
  const table: Story['table'] = {
    keys,
    history: mode,
    track: { kind: 'only', columns: tracked },
    sequence: 'change-seq',
    reload: 'snapshot',
  };
  const rounds = delivery.map((batch, at): Round => {
    const files = batch.flatMap((changes) => filesOf(feed, changes));
    return { reload: null, files, completes: false, columns, batchId: at + 1, expect: null };
  });
  const oracle = oracleOfStory({ name, table, rounds });
  const told = rounds.map((round, at): Round => {
    for (const load of [true, false]) {
      const changes = round.files.filter((file) => file.load === load).flatMap((file) => file.changes);
      if (changes.length > 0) oracle.applyBatch(changes, round.batchId);
    }
    const last = at === rounds.length - 1;
    return {
      ...round,
      expect: { ...afterBatch(oracle, feed), ...(last ? atTheEnd(oracle, feed, glance) : {}) },
    };
  });
  return { name, table, rounds: told };
}

/** A file of changes is one; where a delivery mixes full-load rows and captured ones, it is two. */
function filesOf({ table }: Feed, changes: Delivery[number][number]): StoryFile[] {
  const { columns, keys } = table;
  return [true, false].flatMap((load) => {
    const own = changes.filter((change) => (change.load ?? false) === load);
    const beforeImage = own.some((change) => change.beforeKeys) ? keys : [];
    return own.length > 0 ? [{ load, columns, beforeImage, changes: own }] : [];
  });
}

const HISTORY_NAMES = [
  ...['current', 'effective_date', 'end_date', 'effective_seq', 'end_seq'],
  ...['seen_date', 'seen_seq', 'batch_id'],
];

const namesOf = ({ table }: Feed): string[] => table.columns.map(({ name }) => name);

const grid = (header: readonly string[], rows: readonly Values[]): Grid => ({ header, rows });

function afterBatch(oracle: Oracle, feed: Feed): Expectation {
  const header = [...namesOf(feed), ...HISTORY_NAMES];
  const history = grid(header, oracle.rows().map(flattenHistory));
  return { history, current: null, asOf: [], versions: null, counts: null };
}

function atTheEnd(oracle: Oracle, feed: Feed, instant: string): Partial<Expectation> {
  const names = namesOf(feed);
  const versions = oracle.versions().map(flattenVersion);
  return {
    current: grid(names, oracle.snapshotCurrent()),
    asOf: [{ instant, grid: grid(names, oracle.snapshotAsOf(instant)) }],
    versions: grid([...names, 'current', 'effective_date', 'end_date'], versions),
  };
}

/** What of a history must not depend on how its files came; batches do. */
function lasting(rows: readonly HistoryRow[], { table }: Feed, mode: HistoryMode): Values[] {
  const bookkeeping = mode === 'last-change' ? [] : HISTORY_NAMES.filter((name) => name !== 'batch_id');
  const shown = mode === 'last-change' ? rows.filter((row) => row.current) : rows;
  const names = [...table.columns.map(({ name }) => name), ...bookkeeping];
  return shown
    .map(flattenHistory)
    .map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null])));
}

/** Why a play's stories did not go as the model says, or why two orders of its feed did not end alike; or undefined. */
export function whyWrong(
  told: Told,
  { feed }: Play,
  stories: Record<Way, Story>,
  mode: HistoryMode,
): unknown {
  const all = Object.values(stories).map((story) => told.wrong.get(story));
  const error = all.find((found) => found !== undefined);
  if (error !== undefined) return error;
  const { columns } = feed.table;
  const end = (story: Story): Values[] => {
    const rows = lasting(told.rows(story), feed, mode);
    return comparable(rows, Object.keys(rows[0] ?? {}), columns);
  };
  try {
    expect(end(stories.one), 'one order and another').toEqual(end(stories.other));
    return undefined;
  } catch (unlike) {
    return unlike;
  }
}
