import fc from 'fast-check';
import { deliveryArbitrary, type Delivery, type Feed, feedArbitrary } from './arbitraries.ts';
import type { TableDef } from './arbitrary-tables.ts';
import { keyOf } from './oracle-changes.ts';
import type { Change } from './oracle-types.ts';

/**
 * What batches hold, since plans differ by it: `wild` has key changes, repeats inside of a batch and full-load files in
 * any batch; `no repeats` has none of them, its full-load files come first; and with `no key twice` every change of a
 * batch is of another key as well.
 */
export type Temper = 'wild' | 'no repeats' | 'no key twice';

export const TEMPERS: readonly Temper[] = ['wild', 'no repeats', 'no key twice'];

/** One feed and ways in which its files arrive. */
export interface Play {
  readonly feed: Feed;
  /** In any order, with repeats. */
  readonly one: Delivery;
  readonly other: Delivery;
  readonly inOrder: Delivery;
  /** An instant to look at, `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
  readonly glance: string;
}

/** Batches that a delivery needs at most, when full-load files come in no batch of their own. */
const MAX_BATCHES = 3;

/** Instants at which something may happen in a feed; few, as every one is a snapshot of the whole table. */
const GLANCES = ['2024-05-01T08:00:00.000000Z', '2024-05-01T08:00:01.000001Z', '2024-05-01T08:00:04.000000Z'];

/** A feed of one table, and deliveries of it that take a bounded number of batches. */
export function playArbitrary(table: TableDef, temper: Temper): fc.Arbitrary<Play> {
  const options = { table: fc.constant(table), maxChanges: 25, keyChanges: temper === 'wild' };
  return feedArbitrary(options)
    .map((feed) => (temper === 'no key twice' ? withFewChanges(feed) : feed))
    .chain((feed) =>
      fc.record({
        feed: fc.constant(feed),
        one: delivery(feed, temper, false),
        other: delivery(feed, temper, false),
        inOrder: delivery(feed, temper, true),
        glance: fc.constantFrom(...GLANCES),
      }),
    );
}

/** As many changes of a key as there may be batches. */
function withFewChanges({ table, changes }: Feed): Feed {
  const count = new Map<string, number>();
  const few = changes.filter(({ values }) => {
    const key = keyOf(values, table.keys);
    count.set(key, (count.get(key) ?? 0) + 1);
    return count.get(key)! <= MAX_BATCHES;
  });
  return { table, changes: few };
}

function delivery({ table, changes }: Feed, temper: Temper, inOrder: boolean): fc.Arbitrary<Delivery> {
  const drawn = deliveryArbitrary(changes, { inOrder, maxBatches: MAX_BATCHES });
  if (temper === 'wild') return drawn;
  if (temper === 'no repeats') return drawn.map((batches) => loadsFirst(batches.map(once)));
  return drawn.map((batches) => loadsFirst(spread(batches.flat(2), table.keys)));
}

/** Full-load rows once, as the first file of all: a round that has none is a batch less. */
function loadsFirst(batches: Delivery): Delivery {
  const loads = new Set(batches.flat(2).filter((change) => change.load));
  const others = batches.map((files) => files.map((file) => file.filter((change) => !loads.has(change))));
  const kept = others.map((files) => files.filter((file) => file.length > 0));
  const [first = [], ...later] = kept.filter((files) => files.length > 0);
  return [loads.size > 0 ? [[...loads], ...first] : first, ...later];
}

/** The files of a batch without what an earlier file of it, or the same, has. */
function once(files: Delivery[number]): Change[][] {
  const seen = new Set<Change>();
  const kept = files.map((file) =>
    file.filter((change) => {
      const first = !seen.has(change);
      seen.add(change);
      return first;
    }),
  );
  return kept.filter((file) => file.length > 0);
}

/** Every change in the first batch that has none of its key yet; what no batch has room for is a repeat, and left out. */
function spread(sequence: readonly Change[], keys: readonly string[]): Delivery {
  const batches = Array.from({ length: MAX_BATCHES }, () => new Map<string, Change>());
  const placed = new Set<Change>();
  const firsts = sequence.filter((change) => !placed.has(change) && placed.add(change));
  const repeats = sequence.filter((change, at) => sequence.indexOf(change) !== at);
  for (const change of [...firsts, ...repeats]) {
    const key = keyOf(change.values, keys);
    batches.find((batch) => !batch.has(key))?.set(key, change);
  }
  return batches.filter((batch) => batch.size > 0).map((batch) => [[...batch.values()]]);
}
