import { expect, it } from 'vitest';
import type { CloudLab } from '../cloud/cloud-lab.ts';
import { describeWithCloud } from '../cloud/describe-with-cloud.ts';
import { expectExported, expectModel } from '../cloud/expect-model.ts';
import { feedOf } from '../cloud/feed.ts';
import { faultPoints } from '../cloud/kill-at.ts';
import { type Random, randomFor } from './random-for.ts';

const SEED = Number(process.env.TIDEMARK_SOAK_SEED ?? 1);
const ROUNDS = Number(process.env.TIDEMARK_SOAK_ROUNDS ?? 20);
const ROUND_MS = 600_000;

const NAMES = ['one', 'two', 'three'];
const TABLES = NAMES.map((name, index) => {
  const history = index % 2 === 0 ? 'every-change' : 'last-change';
  return { name, source: `dbo.${name}`, keys: ['id'], history };
});

/** What may go wrong in a round; each takes back by itself what it began. */
const MISHAPS: Readonly<Record<string, (lab: CloudLab, random: Random) => Promise<void>>> = {
  nothing: async () => {},
  'an ingest is killed': (lab, random) => kill(lab, random, 'ingest', faultPoints('ingest')),
  'an export is killed': (lab, random) =>
    kill(lab, random, 'export', faultPoints('export', 'targets/postgres')),
  'a reply is lost': async ({ warehouse }, random) => {
    const sql = random.pick([/merge/i, /insert into/i, /select/i]);
    warehouse.faults.failNext('ExecuteStatement', { dropReply: true }, { sql });
  },
  'the warehouse is off': async ({ warehouse }) => {
    warehouse.power.stop();
    await warehouse.loseSessions();
  },
  'the bucket throttles': async ({ aws }, random) => {
    aws.faults.add({ when: ({ service }) => service === 's3', status: 503, times: random.between(1, 5) });
  },
  'a token ends': async ({ warehouse }) => warehouse.access.revoke(),
  'the database is cut off': async ({ databaseProxy }, random) => {
    let left = random.between(1, 4);
    databaseProxy.rules = {
      onRequest: () => {
        left -= 1;
        return left === 0 ? 'cut' : 'pass';
      },
    };
  },
};

/** Every mishap once, in random order, before any of them comes again. */
function* mishapsOf(random: Random): Generator<string, never> {
  for (;;) {
    const left = Object.keys(MISHAPS);
    while (left.length > 0) yield left.splice(random.between(0, left.length - 1), 1)[0]!;
  }
}

async function kill(
  { functions }: CloudLab,
  random: Random,
  name: 'ingest' | 'export',
  points: readonly string[],
): Promise<void> {
  await functions[name].arm({ TIDEMARK_FAULT: random.pick(points) }, { TIDEMARK_FAULT: random.pick(points) });
}

describeWithCloud('a soak of the bundles', { tables: TABLES, afterIngest: 1 }, (lab) => {
  it(
    `loses nothing in ${ROUNDS} rounds (seed ${SEED})`,
    async () => {
      const random = randomFor(SEED, 'bundles');
      const mishaps = mishapsOf(random);
      const feeds = NAMES.map((name, index) => ({
        name,
        feed: feedOf({ seed: SEED + index, files: ROUNDS }),
      }));
      for (let round = 0; round < ROUNDS; round += 1) {
        const mishap = mishaps.next().value;
        console.log(`round ${round}: ${mishap}`);
        lab().events.hold();
        for (const { name, feed } of feeds) await lab().put(name, feed[round]!.name, feed[round]!);
        await MISHAPS[mishap]!(lab(), random);
        // Of ten events one is lost and one comes twice.
        await lab().events.release((held) =>
          [...held]
            .reverse()
            .flatMap((event) => Array(random.pick([0, 1, 1, 1, 1, 1, 1, 1, 1, 2])).fill(event)),
        );
        await lab().pipeline.settle(ROUND_MS);
        lab().databaseProxy.rules = {};
        lab().warehouse.faults.clear();
        await lab().functions.ingest.arm();
        await lab().functions.export.arm();
      }
      await lab().pipeline.ring('{"ring":"all"}');
      await lab().pipeline.settle(ROUND_MS);
      await lab().pipeline.ring('{"export":"all"}');
      await lab().pipeline.settle(ROUND_MS);

      for (const { name, feed } of feeds) {
        const arrived = feed.slice(0, ROUNDS);
        await expectModel(lab(), name, arrived);
        await expectExported(lab(), name, arrived);
      }
      expect(await lab().deadLetters()).toEqual([]);
    },
    ROUNDS * ROUND_MS,
  );
});
