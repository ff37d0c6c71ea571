import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeReport } from './describe-report.ts';
import { runSoak } from './run-soak.ts';

const USAGE = `npm run soak -- [options]
  --minutes <n>  minutes of simulated time in which files arrive (60)
  --seed <n>     the same seed: the same files and the same faults (random)
  --tables <n>   (50)
  --every <n>    minutes between two files of a table, about (1)
  --bundles <n>  rounds through the bundled functions on Spark instead, in real time; of the above only --seed is used
`;

process.exitCode = await main(process.argv.slice(2));

/** Returns the exit code: 0 when nothing was lost, 1 when something is not as it must be, 2 for wrong arguments. */
async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === null) {
    process.stderr.write(USAGE);
    return 2;
  }
  const { seed, minutes, tables, everyMinutes, bundles } = options;
  if (bundles > 0) return soakBundles(seed, bundles);
  const again = `npm run soak -- --minutes ${minutes} --seed ${seed} --tables ${tables} --every ${everyMinutes}`;
  console.log(`seed ${seed}; again: ${again}`);
  const report = await runSoak({ ...options, onProgress: (line) => console.log(line) });
  console.log(describeReport(report));
  if (report.problems.length > 0) console.log(`again: ${again}`);
  return report.problems.length === 0 ? 0 : 1;
}

function soakBundles(seed: number, rounds: number): number {
  console.log(`seed ${seed}; again: npm run soak -- --bundles ${rounds} --seed ${seed}`);
  const config = fileURLToPath(new URL('vitest.config.ts', import.meta.url));
  const env = { ...process.env, TIDEMARK_SOAK_SEED: String(seed), TIDEMARK_SOAK_ROUNDS: String(rounds) };
  const { status } = spawnSync('npx', ['vitest', 'run', '--config', config], { env, stdio: 'inherit' });
  return status === 0 ? 0 : 1;
}

function parseOptions(args: readonly string[]) {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        minutes: text('60'),
        seed: text(String(randomInt(1_000_000_000))),
        tables: text('50'),
        every: text('1'),
        bundles: { type: 'string' },
      },
    });
    const { every, bundles, ...rest } = values;
    const numbers = { ...rest, everyMinutes: every };
    const given = [...Object.values(numbers), ...(bundles === undefined ? [] : [bundles])];
    if (!given.every((value) => /^[1-9]\d{0,9}$/.test(value))) return null;
    return {
      bundles: Number(bundles ?? 0),
      minutes: Number(numbers.minutes),
      seed: Number(numbers.seed),
      tables: Number(numbers.tables),
      everyMinutes: Number(numbers.everyMinutes),
    };
  } catch {
    return null;
  }
}
