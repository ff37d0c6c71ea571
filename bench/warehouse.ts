import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { missingParts } from '../test/warehouse/bench/install.ts';
import { DELTA_VERSION, SPARK_VERSION } from '../test/warehouse/bench/versions.ts';
import { startWarehouse, type Warehouse } from '../test/warehouse/bench/warehouse.ts';
import { type Phase, writeFeed, writeFewChanges } from './change-feed.ts';
import { runLoad } from './warehouse-load.ts';
import { renderLoadResults, renderSmallResults } from './warehouse-report.ts';
import { runSmall } from './warehouse-small.ts';

/**
 * Keeps one made-up history on Spark with Delta by the article's statements and by Tidemark, and prints what each costs
 * and where the article's is wrong. `TIDEMARK_SPARK_PORT` names a Spark that runs already; its CPU is then not known.
 */
const PARTS = ['load', 'small', 'all'] as const;
const MEMORY_MB = 6144;
/** Few rows, yet every kind of statement, so that Spark has met them all before anything is measured. */
const WARM_UP_ROWS = 10_000;
const SMALL_ROWS = 100;

const { rows, part } = options();
const missing = await missingParts();
if (missing.length > 0) {
  console.log(
    `Skipped: the bench against Spark with Delta. Missing: ${missing.join('; ')}. Run "npm run warehouse" once to fetch it (about 500 MB).`,
  );
  process.exit(0);
}

const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
const sparkPort = Number(process.env.TIDEMARK_SPARK_PORT) || null;
const warehouse = await startWarehouse(sparkPort ? { sparkPort } : { memoryMb: MEMORY_MB, optimised: true });
try {
  if (part !== 'small') console.log(await benchLoad(warehouse, rows));
  if (part !== 'load') console.log(await benchSmall(warehouse, rows));
  const cores = `${availableParallelism()} cores`;
  console.log(`Spark ${SPARK_VERSION}, Delta ${DELTA_VERSION}, Node ${process.versions.node}, ${cores}`);
} finally {
  await warehouse.stop();
  await rm(folder, { recursive: true, force: true });
}

function options(): { rows: number; part: (typeof PARTS)[number] } {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '1000000' },
      part: { type: 'string', default: 'all' },
    },
  });
  const count = Number(values.rows);
  // Below it the keys of small batches would not fit.
  if (!Number.isSafeInteger(count) || count < WARM_UP_ROWS)
    throw new Error(`--rows takes a whole number from ${WARM_UP_ROWS} on, not ${values.rows}`);
  const chosen = PARTS.find((name) => name === values.part);
  if (!chosen) throw new Error(`--part takes ${PARTS.join(', ')}, not ${values.part}`);
  return { rows: count, part: chosen };
}

async function benchLoad(on: Warehouse, loadRows: number): Promise<string> {
  const warmUp = await writeRounds('load-warm-up', WARM_UP_ROWS);
  await runLoad(on, join(folder, 'load-warm-up-sides'), warmUp);
  const phases = await writeRounds('load', loadRows);
  return renderLoadResults(await runLoad(on, join(folder, 'load-sides'), phases), phases);
}

function writeRounds(name: string, loadRows: number): Promise<Phase[]> {
  return writeFeed(join(folder, name), { loadRows, roundRows: Math.floor(loadRows / 2), rounds: 2 });
}

async function benchSmall(on: Warehouse, loadRows: number): Promise<string> {
  const warmUp = await writeSmall('small-warm-up', WARM_UP_ROWS);
  await runSmall(on, join(folder, 'small-warm-up-sides'), warmUp.load, warmUp.batches);
  const { load, batches } = await writeSmall('small', loadRows);
  const results = await runSmall(on, join(folder, 'small-sides'), load, batches);
  return renderSmallResults(results, batches);
}

/** A load, a file of changes whose keys lie together, and one whose keys lie all over the table. */
async function writeSmall(name: string, loadRows: number): Promise<{ load: Phase; batches: Phase[] }> {
  const at = join(folder, name);
  const [load] = await writeFeed(at, { loadRows, roundRows: 0, rounds: 0 });
  const apart = Math.floor(loadRows / SMALL_ROWS);
  const together = { firstKey: Math.floor(loadRows / 2), step: 1 };
  const scattered = { firstKey: Math.floor(apart / 2), step: apart };
  const batches = [
    await writeFewChanges(join(at, 'together'), {
      name: `${SMALL_ROWS}, keys together`,
      round: 1,
      rows: SMALL_ROWS,
      ...together,
    }),
    await writeFewChanges(join(at, 'scattered'), {
      name: `${SMALL_ROWS}, scattered`,
      round: 2,
      rows: SMALL_ROWS,
      ...scattered,
    }),
  ];
  return { load: load!, batches };
}
