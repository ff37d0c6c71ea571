import { join, resolve } from 'node:path';
import { type Cli, createCli } from '../../bin/cli.ts';
import { loadConfig } from '../../lib/config/load-config.ts';
import type { Config } from '../../lib/config/config.ts';
import { PipelineError } from '../../lib/errors.ts';
import { choosePlace } from './choose-place.ts';
import { checkFolder, prepareFolder } from './demo-folder.ts';
import { DEMO_USAGE, type DemoOptions, parseDemoOptions } from './demo-options.ts';
import type { DemoPlace } from './demo-place.ts';
import { play, type Played } from './play.ts';
import { createPrinter, type Printer } from './print.ts';
import { findTallies, type KnownTally, proveAll } from './proof.ts';
import { createRandom } from './random.ts';
import { createShell, type Shell } from './shell.ts';
import { openSession, type ShopSession } from './shop-session.ts';
import { stockUp } from './stock-up.ts';
import { showSql, showTimeline } from './tour.ts';
import { type DemoServers, withServers } from './with-servers.ts';
import { withShop } from './with-shop.ts';

process.exitCode = await main(process.argv.slice(2));

/** Returns the exit code: 0 when all was proved, 1 when something differs, 2 when the demo was refused or failed. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseDemoOptions(args);
    if (options) return await runDemo(options);
    process.stdout.write(DEMO_USAGE);
    return 0;
  } catch (error) {
    const isOurs = error instanceof PipelineError;
    const text = error instanceof Error && !isOurs ? error.stack : (error as Error).message;
    process.stderr.write(`${text}\n`);
    return 2;
  }
}

async function runDemo(options: DemoOptions): Promise<number> {
  await checkFolder(options.dir, options.force);
  const place = await choosePlace(options, process.env);
  try {
    return await runIn(place, options);
  } finally {
    await place.stop();
  }
}

/** Everything that the parts of the demo share. */
interface Stage {
  readonly options: DemoOptions;
  readonly place: DemoPlace;
  readonly config: Config;
  readonly cli: Cli;
  readonly shell: Shell;
  readonly print: Printer;
}

async function runIn(place: DemoPlace, options: DemoOptions): Promise<number> {
  const { configPath, replaced } = await prepareFolder(
    options.dir,
    options.force,
    place.settings,
    options.tables,
  );
  const { config } = await loadConfig(configPath);
  const cli = createCli({ config: configPath, color: true, quiet: true }, { ...place.env });
  const shell = createShell(options.dir);
  const print = createPrinter(cli, shell.command);
  const stage = { options, place, config, cli, shell, print };
  await print.lines([
    cli.paint.bold('Tidemark, shown on a small tea shop that is open for business'),
    `The shop works with a real Postgres; its log is read, and its history kept,`,
    `while it does. All goes to ${options.dir}${replaced ? ', in place of the last shop' : ''}.`,
    ...place.about,
  ]);
  await place.prepare(config);
  return withServers(join(options.dir, 'source'), config, options.postgres, (servers) =>
    runShop(stage, servers),
  );
}

async function runShop(stage: Stage, servers: DemoServers): Promise<number> {
  const { options, place, config, cli, print } = stage;
  const keeper = await openSession(servers.source);
  await stockUp(keeper, createRandom(options.seed)).finally(() => keeper.end());
  await print.part('The shop is open', `${options.seconds} s`);
  await print.lines([
    'Four sessions change rows at once. One process captures the changes, ingests',
    `them into histories${servers.target ? ' and exports to a second Postgres' : ''}. A lag is the age of the`,
    'newest change that came there, at the moment it came.',
  ]);
  const played = await play({
    ...{ config, env: place.env, source: servers.source, paint: cli.paint },
    ...{ seconds: options.seconds, rate: options.rate, seed: options.seed, tallies: place.pace.tallies },
    task: {
      configPath: cli.configPath,
      root: config.storage.kind === 'local' ? config.storage.root : resolve(options.dir, 'captured'),
      uploads: config.storage.kind !== 'local',
      ...place.pace,
      exportMs: servers.target ? place.pace.exportMs : null,
    },
  });
  const target = servers.target ? await openSession(servers.target) : null;
  try {
    return await showAndProve(stage, played, target);
  } finally {
    await target?.end();
  }
}

async function showAndProve(stage: Stage, played: Played, target: ShopSession | null): Promise<number> {
  const { config, place, cli, print, options } = stage;
  const { tables } = options;
  const has = (name: string): boolean => tables.some((table) => table.name === name);
  if (has('customers')) await showTimeline(cli, print);
  if (target && has('customers') && has('orders')) await showSql(target, print);
  if (!target) await print.lines(['The export to Postgres was left out (--no-postgres).']);
  await print.part('Does it add up? Every value of every row against the source itself');
  const { proofs, tallies } = await withShop({ config, env: place.env }, 'look', async (ws) => {
    const known = await findTallies(ws, played.tallies);
    return {
      tallies: known,
      proofs: await proveAll({ ws, tables, target, tallies: known, last: played.last }),
    };
  });
  await print.proofs(proofs);
  await print.lines([
    'The times are commits after which the shop kept a copy of all its rows.',
    ...(has('products')
      ? [
          'Only products is not compared then: of it, the last change of each batch is',
          'kept, as is the default.',
        ]
      : []),
    'That a process was killed in between is nowhere to be seen.',
  ]);
  await sayGoodbye(stage, tallies);
  return proofs.every(({ differing }) => differing === 0) ? 0 : 1;
}

async function sayGoodbye(
  { config, print, shell, place, options }: Stage,
  tallies: readonly KnownTally[],
): Promise<void> {
  const stay = options.stay || process.stdin.isTTY;
  if (place.endsWithDemo && !stay) {
    return print.lines(['The warehouse ends with the demo; --stay keeps it, to try commands on it.']);
  }
  await print.part('Commands to try next');
  const then = tallies[Math.floor(tallies.length / 2)]?.at ?? '';
  const isLocal = config.storage.kind === 'local';
  const next = [
    'status',
    `snapshot customers --as-of ${then}`,
    'verify',
    ...(isLocal ? [`dev capture --once --source embedded:${shell.path('source')}`, 'ingest'] : []),
  ];
  const enter = [...place.enter, ...(shell.enter ? [shell.enter] : [])];
  await print.lines([...enter, ...next.map(shell.command)]);
  await print.lines([
    'To change rows yourself: this runs the source and prints its URL.',
    shell.command(`dev postgres ${shell.path('source')}`),
  ]);
  if (!place.endsWithDemo) return;
  await print.lines(['Type them in another terminal. The warehouse runs until you press Ctrl-C here.']);
  await new Promise<void>((end) => {
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
}
