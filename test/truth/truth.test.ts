import { describe, expect, it } from 'vitest';
import type { Part } from './crashes.ts';
import { expectAsOf, expectCurrent, expectHealthy } from './equalities.ts';
import type { Random } from './random.ts';
import { randomWorkload } from './random-workload.ts';
import { reloadInTheMiddle } from './reload-in-the-middle.ts';
import { seedsOf } from './seeds.ts';
import { sourceName } from './truth-tables.ts';
import type { TruthLab } from './truth-lab.ts';
import { truthLabs } from './with-lab.ts';
import { runWorkload, type Sample, takeSample } from './workload.ts';

const withLab = truthLabs();

/** Instants are compared one by one, so of many samples only some. */
const COMPARED = 6;
const some = (samples: readonly Sample[], random: Random): Sample[] =>
  random.shuffled(samples).slice(0, COMPARED);

const everyChange = (lab: TruthLab) => lab.tables.filter((table) => lab.modeOf(table) === 'every-change');

describe('a source, its history and its copy', { timeout: 120_000 }, () => {
  it.each(seedsOf(1, 3))('are equal, now and at the commits that were kept (seed %i)', async (seed) => {
    await withLab(seed, async (lab, random) => {
      const [before, started] = [runWorkload(randomWorkload(lab, random, 12)), lab.capture()];
      const samples: Sample[] = await before;
      await started;
      const boundaries: Sample[] = [];
      for (let round = 0; round < 2; round += 1) {
        samples.push(...(await runWorkload(randomWorkload(lab, random, 25))));
        boundaries.push(await takeSample(lab));
        await lab.capture();
        await lab.delivery.deliver();
        await lab.ingest();
        await lab.export();
        await expectCurrent(lab, await lab.state());
      }
      await expectAsOf(lab, some(samples, random), everyChange(lab));
      // A batch keeps the last change of a key, so between batches its history is what the source was.
      const compared = await expectAsOf(lab, boundaries, lab.tables);
      expect(compared).toBe(boundaries.length);
      await expectHealthy(lab);
    });
  });
});

describe('with ends of runs, and files in disorder, a source, its history and its copy', {
  timeout: 120_000,
}, () => {
  const PARTS: readonly Part[] = ['capture', 'ingest', 'export'];
  const step = async (lab: TruthLab, part: Part, random: Random): Promise<void> => {
    if (!random.oneIn(4)) lab.crashes.arm(part);
    await lab[part]();
    lab.crashes.disarm();
  };

  it.each(seedsOf(1001, 4))(
    'are equal in the end, and at the commits that were kept (seed %i)',
    async (seed) => {
      await withLab(seed, async (lab, random) => {
        const samples: Sample[] = [];
        let isOutside: (instant: string) => boolean = () => true;
        const reloaded = random.oneIn(2) ? random.pick(lab.tables) : null;
        for (let round = 0; round < 3; round += 1) {
          const working = runWorkload(randomWorkload(lab, random, 16));
          await step(lab, 'capture', random);
          samples.push(...(await working));
          if (reloaded && round === 1)
            isOutside = await reloadInTheMiddle(lab, reloaded, randomWorkload(lab, random, 10));
          else await lab.delivery.deliverSome({ keepOneIn: 3, repeatOneIn: 3, repeatLoads: !reloaded });
          for (const part of random.shuffled(PARTS)) await step(lab, part, random);
        }
        samples.push(await takeSample(lab));
        await lab.capture();
        await lab.delivery.deliver();
        for (const part of PARTS) await step(lab, part, random);

        await expectCurrent(lab, await lab.state());
        await expectAsOf(lab, some(samples, random), everyChange(lab), isOutside);
        await expectHealthy(lab);
      });
    },
  );
});

describe('a truncate at the source', { timeout: 120_000 }, () => {
  it('is repaired by a reload', async () => {
    await withLab(3001, async (lab, random) => {
      const [emptied] = lab.tables;
      await runWorkload(randomWorkload(lab, random, 12));
      await lab.capture();
      await lab.delivery.deliver();
      await lab.ingest();
      await lab.db.query(`truncate ${sourceName(emptied!)}`);
      await lab.capture();

      await reloadInTheMiddle(lab, emptied!, randomWorkload(lab, random, 12));
      await lab.capture();
      await lab.delivery.deliver();
      await lab.ingest();
      await lab.export();

      await expectCurrent(lab, await lab.state());
      await expectHealthy(lab);
    });
  });
});
