import type { Delivery } from './arbitraries.ts';
import type { Play } from './arbitrary-plays.ts';
import type { Change } from './oracle-types.ts';

/** The play without some of its changes, however they come: first without half of them, at last without a single one. */
export function* smallerPlays(play: Play): Generator<Play> {
  const { changes } = play.feed;
  for (let run = Math.floor(changes.length / 2); run >= 1; run = Math.floor(run / 2)) {
    for (let from = 0; from < changes.length; from += run) {
      yield without(play, new Set(changes.slice(from, from + run)));
    }
  }
}

function without({ feed, one, other, inOrder, glance }: Play, gone: ReadonlySet<Change>): Play {
  const kept = (change: Change): boolean => !gone.has(change);
  const rest = (delivery: Delivery): Delivery =>
    delivery
      .map((files) => files.map((file) => file.filter(kept)).filter((file) => file.length > 0))
      .filter((files) => files.length > 0);
  return {
    feed: { ...feed, changes: feed.changes.filter(kept) },
    one: rest(one),
    other: rest(other),
    inOrder: rest(inOrder),
    glance,
  };
}
