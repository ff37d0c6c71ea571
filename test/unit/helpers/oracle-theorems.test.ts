import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Delivery, deliveryArbitrary, type Feed, feedArbitrary } from '../../helpers/arbitraries.ts';
import { assertInvariants } from '../../helpers/invariants.ts';
import {
  type Change,
  createOracle,
  type HistoryRow,
  type Oracle,
  type Values,
} from '../../helpers/scd2-oracle.ts';

type Mode = 'last-change' | 'every-change';

/** A feed and two ways in which it may arrive. */
const arriving = feedArbitrary().chain((feed) =>
  fc.record({
    feed: fc.constant(feed),
    one: deliveryArbitrary(feed.changes),
    other: deliveryArbitrary(feed.changes),
    inOrder: deliveryArbitrary(feed.changes, { inOrder: true }),
  }),
);

describe('every-change', () => {
  it('gives the identical table for any order, duplication and batching', () => {
    fc.assert(
      fc.property(arriving, ({ feed, one, other }) => {
        expect(withoutBatch(play(feed, 'every-change', one).rows())).toEqual(
          withoutBatch(play(feed, 'every-change', other).rows()),
        );
      }),
    );
  });

  it('shows at any instant what the last change up to it left', () => {
    fc.assert(
      fc.property(arriving, ({ feed, one }) => {
        const oracle = play(feed, 'every-change', one);

        for (const { commitTime } of feed.changes) {
          expect(sorted(oracle.snapshotAsOf(commitTime))).toEqual(sorted(tableAt(feed, commitTime)));
        }
      }),
    );
  });
});

describe('last-change', () => {
  it('gives the same current snapshot for any order, duplication and batching', () => {
    fc.assert(
      fc.property(arriving, ({ feed, one, inOrder }) => {
        const left = sorted(tableAt(feed, '9999-12-31 00:00:00.000000'));

        expect(sorted(play(feed, 'last-change', one).snapshotCurrent())).toEqual(left);
        expect(sorted(play(feed, 'last-change', inOrder).snapshotCurrent())).toEqual(left);
      }),
    );
  });

  // An untracked value that lasts for a part of one commit is kept in place by one mode and has no length in the other.
  it('has the versions of every-change when all columns are tracked and changes arrive in order, one at a time', () => {
    fc.assert(
      fc.property(feedArbitrary({ untracked: false }), (feed) => {
        const oneByOne = feed.changes.map((change) => [[change]]);

        const last = play(feed, 'last-change', oneByOne).versions();

        expect(last).toEqual(play(feed, 'every-change', [[feed.changes]]).versions());
      }),
    );
  });

  it('ends the same whether or not earlier files of an ordered feed come again', () => {
    fc.assert(
      fc.property(arriving, ({ feed, inOrder }) => {
        const seen = new Set<Change>();
        const once = inOrder.map((batch) =>
          batch.map((file) => file.filter((change) => !seen.has(change) && seen.add(change))),
        );

        expect(withoutBatch(play(feed, 'last-change', inOrder).rows())).toEqual(
          withoutBatch(play(feed, 'last-change', once).rows()),
        );
      }),
    );
  });
});

describe.each<Mode>(['last-change', 'every-change'])('replaying in %s', (mode) => {
  it('changes no row and no batch id', () => {
    fc.assert(
      fc.property(arriving, ({ feed, one }) => {
        const oracle = play(feed, mode, one);
        const before = oracle.rows();

        oracle.applyBatch(one.flat(2), 1_000);

        expect(oracle.rows()).toEqual(before);
      }),
    );
  });
});

/** Applies the batches; the invariants hold after each. */
function play({ table, changes }: Feed, mode: Mode, delivery: Delivery): Oracle {
  expect(new Set(delivery.flat(2))).toEqual(new Set(changes));
  const oracle = createOracle({ ...table, mode });
  delivery.forEach((files, at) => {
    expect(oracle.applyBatch(files.flat(), at + 1).ambiguous).toBe(0);
    assertInvariants(oracle.rows(), table.keys);
  });
  return oracle;
}

/** The source table after its last commit up to the instant, by doing as the changes say. */
function tableAt({ table, changes }: Feed, instant: string): Values[] {
  const rows = new Map<string, Values>();
  for (const { op, commitTime, values, beforeKeys } of changes) {
    if (commitTime > instant) break;
    const key = (name: string): string | null => values[name] ?? null;
    const oldKey = table.keys.map((name) => (op === 'U' ? beforeKeys?.[name] : null) ?? key(name));
    rows.delete(JSON.stringify(oldKey));
    if (op === 'D') continue;
    const row = Object.fromEntries(
      table.columns.map(({ name, type }) => [name, spell(type.kind, values[name])]),
    );
    rows.set(JSON.stringify(table.keys.map(key)), row);
  }
  return [...rows.values()];
}

function spell(kind: string, text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : kind === 'double' ? String(Number(text)) : text;
}

function sorted(rows: readonly Values[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

function withoutBatch(rows: readonly HistoryRow[]): object[] {
  return rows.map(({ batch_id: _, ...row }) => row);
}
