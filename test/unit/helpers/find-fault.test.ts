import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Play } from '../../helpers/arbitrary-plays.ts';
import { commitTimeOf } from '../../helpers/change-files.ts';
import { blameForCounts, blameForPlay } from '../../helpers/find-fault.ts';
import type { Change } from '../../helpers/oracle-types.ts';
import { storiesOfPlay } from '../../helpers/random-stories.ts';
import { openTestEngine, type TestEngine, type TestPipeline } from '../../helpers/test-pipeline.ts';

const changes = ['a', 'b', 'c', 'd', 'e'].map(
  (name, at): Change => ({
    op: 'I',
    commitTime: commitTimeOf(`09:00:0${at}`),
    seq: String(at + 1),
    values: { id: String(at), name },
  }),
);

const PLAY: Play = {
  feed: {
    table: {
      keys: ['id'],
      columns: [
        { name: 'id', type: { kind: 'int', bits: 32 } },
        { name: 'name', type: { kind: 'string' } },
      ],
      tracked: ['name'],
    },
    changes,
  },
  one: [[changes.slice(2)], [changes.slice(0, 2)]],
  other: [[changes.slice(3), changes.slice(0, 3)]],
  inOrder: [[changes]],
  glance: '2024-05-01T08:00:00.000000Z',
};

const FEED = { name: 'a feed', play: PLAY, mode: 'last-change' } as const;

describe('a fault', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await openTestEngine();
  });
  afterAll(() => engine.close());

  const disturbed = (disturb: (pipeline: TestPipeline) => Partial<TestPipeline>): TestEngine => ({
    ...engine,
    table: (table) => {
      const pipeline = engine.table(table);
      return { ...pipeline, ...disturb(pipeline) };
    },
  });

  it('is shown by the one change of a feed that it needs', async () => {
    const forgetful = disturbed(({ look }) => ({
      look: async (wish) => {
        const found = await look(wish);
        return { ...found, rows: found.rows.filter(({ values }) => values.name !== 'c') };
      },
    }));

    const blamed = blameForPlay({ engine: forgetful, counts: 'all' }, FEED, Number.POSITIVE_INFINITY);

    const only = JSON.stringify([[[changes[2]]]]);
    await expect(blamed).rejects.toThrow(
      `in any order: ${only}\nin another order: ${only}\nin order: ${only}\n (told alone): after round 1 of 1`,
    );
  });

  it('is not blamed on a feed that goes right alone', async () => {
    const bench = { engine, counts: 'all' } as const;

    await expect(blameForPlay(bench, FEED, Number.POSITIVE_INFINITY)).resolves.toBeUndefined();
  });

  it('of counts is blamed on the story that is miscounted alone', async () => {
    const { one, other, inOrder } = storiesOfPlay(PLAY, 'last-change', 'a feed');
    const forgetful = disturbed((pipeline) => ({
      ingest: async () => {
        const report = await pipeline.ingest();
        // Only the story in any order has a second batch.
        return (await pipeline.rows()).some(({ batch_id }) => batch_id === 2n)
          ? { ...report, rows: 7 }
          : report;
      },
    }));

    const blamed = blameForCounts({ engine: forgetful, counts: 'all' }, [inOrder, other, one], 'counts');

    await expect(blamed).rejects.toThrow('a feed, in any order (told alone): counts of round 2');
  });
});
