import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Delivery, deliveryArbitrary, type Feed, feedArbitrary } from '../../helpers/arbitraries.ts';
import { commitTimeOf } from '../../helpers/change-files.ts';
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

const PLAIN: Feed['table'] = {
  keys: ['id'],
  columns: [
    { name: 'id', type: { kind: 'int', bits: 32 } },
    { name: 'name', type: { kind: 'string' } },
  ],
  tracked: ['name'],
};

/** Inserts and deletes of one key, each in a batch of its own, in any order: rows come, go and come back. */
const restless = fc
  .array(fc.constantFrom<Change['op']>('I', 'D'), { minLength: 3, maxLength: 8 })
  .map((ops) =>
    ops.map(
      (op, at): Change => ({
        op,
        commitTime: commitTimeOf(`09:00:0${at}`),
        seq: String(at + 1),
        values: { id: '1', name: String(at) },
      }),
    ),
  )
  .chain((changes) =>
    fc.record({
      feed: fc.constant<Feed>({ table: PLAIN, changes }),
      one: fc.shuffledSubarray(changes, { minLength: changes.length }).map((all) => all.map((c) => [[c]])),
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

describe.each<Mode>(['last-change', 'every-change'])('a batch in %s', (mode) => {
  it('gives its id to the rows that are new or show something else, and to no other', () => {
    fc.assert(
      fc.property(fc.oneof(arriving, restless), ({ feed, one }) => {
        const oracle = createOracle({ ...feed.table, mode });
        one.forEach((files, at) => {
          const before = byPlace(oracle.rows(), feed.table.keys);
          const { opened } = oracle.applyBatch(files.flat(), at + 1);
          const after = byPlace(oracle.rows(), feed.table.keys);

          const wanted = [...after].map(([place, row]) => {
            const stays = shown(before.get(place)) === shown(row);
            return [place, stays ? before.get(place)!.batch_id : BigInt(at + 1)];
          });
          expect([...after].map(([place, { batch_id }]) => [place, batch_id])).toEqual(wanted);
          expect(opened).toBe([...after.keys()].filter((place) => !before.has(place)).length);
        });
      }),
    );
  });
});

/** Rows by key and start, which are a row's own for as long as it is there. */
function byPlace(rows: readonly HistoryRow[], keys: readonly string[]): Map<string, HistoryRow> {
  const place = ({ values, effective_date, effective_seq }: HistoryRow): string =>
    JSON.stringify([keys.map((key) => values[key]), effective_date, effective_seq]);
  return new Map(rows.map((row) => [place(row), row]));
}

/** What an export can see of a row. */
function shown(row: HistoryRow | undefined): string {
  return JSON.stringify(row && [row.values, row.end_date]);
}

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
