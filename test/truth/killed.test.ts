import { describe, expect, it } from 'vitest';
import { type Part, randomPoint } from './crashes.ts';
import { expectAsOf, expectCurrent, expectHealthy } from './equalities.ts';
import { randomWorkload } from './random-workload.ts';
import { seedsOf } from './seeds.ts';
import { truthLabs } from './with-lab.ts';
import { runWorkload, type Sample } from './workload.ts';

const withLab = truthLabs();

describe('with processes that are killed, a source, its history and its copy', { timeout: 180_000 }, () => {
  const PARTS: readonly Part[] = ['capture', 'ingest', 'export'];

  it.each(seedsOf(2001, 1))(
    'are equal in the end, and at the commits that were kept (seed %i)',
    async (seed) => {
      await withLab(seed, async (lab, random) => {
        const commands: Record<Part, string[]> = {
          capture: ['dev', 'capture', '--once', '--slot', lab.targetSchema],
          ingest: ['ingest'],
          export: ['export'],
        };
        const run = async (part: Part, fault: string): Promise<string> => {
          const { db, target, project } = lab;
          const env = { TIDEMARK_SOURCE_URL: db.url, PG_URL: target.url, TIDEMARK_FAULT: fault };
          const { code, signal, stderr } = await project.run(commands[part], env);
          if (signal === null && code !== 0) throw new Error(`${part} with ${fault}: ${stderr}`);
          return signal ?? 'done';
        };
        const samples: Sample[] = [];
        const endings: string[] = [];
        for (let round = 0; round < 2; round += 1) {
          const working = runWorkload(randomWorkload(lab, random, 16));
          for (const part of PARTS) endings.push(await run(part, randomPoint(part, random)));
          samples.push(...(await working));
        }
        for (const part of PARTS) await run(part, '');

        expect(endings).toContain('SIGKILL');
        await expectCurrent(lab, await lab.state());
        const kept = lab.tables.filter((table) => lab.modeOf(table) === 'every-change');
        await expectAsOf(lab, random.shuffled(samples).slice(0, 10), kept);
        await expectHealthy(lab);
      });
    },
  );
});
