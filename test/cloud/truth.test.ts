import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CapturedFile } from '../../lib/capture/capture-context.ts';
import { type Capture, startCapture } from '../../lib/capture/start-capture.ts';
import { type SourceDatabase, type SourceServer, startSourcePostgres } from '../helpers/source-postgres.ts';
import { type Copies, expectAsOf, expectCurrent } from '../truth/equalities.ts';
import { createRandom } from '../truth/random.ts';
import { seedsOf, withSeed } from '../truth/seeds.ts';
import { firstRows } from '../truth/random-steps.ts';
import { sourceState } from '../truth/source-state.ts';
import { makeTables, SAMPLES, TRUTH_TABLES, type TruthTable } from '../truth/truth-tables.ts';
import { runWorkload, type Sample, takeSample } from '../truth/workload.ts';
import type { CloudLab } from './cloud-lab.ts';
import { describeWithCloud } from './describe-with-cloud.ts';

const LONG_MS = 600_000;
const COMPARED = 2;

const ofTruth = (wanted: string): TruthTable => TRUTH_TABLES.find(({ name }) => name === wanted)!;

/** Under names that a folder of a bucket may have. */
const TABLES: readonly TruthTable[] = [
  { ...ofTruth('Order lines'), name: 'order_lines', schema: 'sales' },
  ofTruth('notes'),
];

const CONFIGURED = [...TABLES, SAMPLES].map(({ name, schema, table, keys }) => ({
  name,
  source: `${schema}.${table}`,
  keys: keys.map((key) => key.name),
  history: name === 'notes' ? 'last-change' : 'every-change',
}));

/** The histories and copies of a pipeline, looked at past its functions. */
function copiesOf(lab: CloudLab): Copies {
  const { workspace } = lab.history(SAMPLES.name);
  const shared = { ...workspace, table: lab.table };
  return {
    tables: TABLES,
    target: lab.database,
    targetSchema: 'public',
    withWorkspace: (work) => work(shared),
  };
}

describeWithCloud('a source and its pipeline in the cloud', { tables: CONFIGURED, afterIngest: 1 }, (lab) => {
  let server: SourceServer;
  let db: SourceDatabase;
  let root: string;
  let capture: Capture | undefined;
  const captured: CapturedFile[] = [];
  beforeAll(async () => {
    server = await startSourcePostgres();
    db = await server.database();
    root = await mkdtemp(join(tmpdir(), 'tidemark-cloud-truth-'));
    await db.query(makeTables([...TABLES, SAMPLES]));
  }, 120_000);
  afterAll(async () => {
    await capture?.stop();
    await db?.close();
    await server?.stop();
    if (root) await rm(root, { recursive: true, force: true });
  });

  const load = async (): Promise<void> => {
    const onFile = (file: CapturedFile): void => void captured.push(file);
    capture = await startCapture({ config: lab().config, source: db.url, root, onFile });
  };
  /** Brings everything that was committed until now into the bucket, and waits until all that follows has happened. */
  const arrive = async (): Promise<void> => {
    await capture?.idle();
    for (const { table, path } of captured.splice(0)) {
      await lab().put(table, basename(path), await readFile(path));
    }
    await lab().pipeline.settle(LONG_MS);
  };

  it.each(seedsOf(4001, 1))(
    'are equal, now and at the commits that were kept (seed %i)',
    async (seed) => {
      await withSeed(seed, async () => {
        const random = createRandom(seed);
        const sessions = [await db.session(), await db.session()];
        let samplesTaken = 0;
        const nextSample = (): number => {
          samplesTaken += 1;
          return samplesTaken;
        };
        const workload = { sessions, tables: TABLES, random, nextSample, manner: 'at once' } as const;
        const few = { ...workload, transactions: 16, sampleOneIn: 4 };
        for (const { sql, params } of TABLES.flatMap((table) => firstRows(table, random))) {
          await db.query(sql, params);
        }
        await load();
        const samples: Sample[] = await runWorkload(few);
        const boundary = await takeSample(workload);
        await arrive();
        samples.push(...(await runWorkload(few)));
        await arrive();

        const copies = copiesOf(lab());
        await expectCurrent(copies, await sourceState(sessions[0]!, TABLES));
        const kept = TABLES.filter(({ name }) => lab().table(name).history === 'every-change');
        const compared = await expectAsOf(copies, random.shuffled(samples).slice(0, COMPARED), kept);
        expect(compared).toBe(COMPARED);
        await expectAsOf(copies, [boundary], TABLES);
        expect(await lab().deadLetters()).toEqual([]);
      });
    },
    LONG_MS,
  );
});
