import { afterAll, beforeAll } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../helpers/postgres.ts';
import { type SourceServer, startSourcePostgres } from '../helpers/source-postgres.ts';
import { createRandom, type Random } from './random.ts';
import { withSeed } from './seeds.ts';
import { openTruthLab, type TruthLab } from './truth-lab.ts';

type WithLab = (seed: number, work: (lab: TruthLab, random: Random) => Promise<void>) => Promise<void>;

/** For a test file: one source server and one target database, and a lab on them for one seed, closed whatever happens. */
export function truthLabs(): WithLab {
  let server: SourceServer;
  let target: TestDatabase;
  beforeAll(async () => {
    server = await startSourcePostgres({ autovacuum: 'off' });
    target = await createTestDatabase();
  }, 120_000);
  afterAll(async () => {
    await target?.close();
    await server?.stop();
  });
  return (seed, work) =>
    withSeed(seed, async () => {
      const random = createRandom(seed);
      const lab = await openTruthLab({ server, target, random });
      try {
        await work(lab, random);
      } finally {
        await lab.close();
      }
    });
}
