import { type Cli, createCli } from '../../bin/cli.ts';
import { loadConfig } from '../../lib/config/load-config.ts';
import { PipelineError } from '../../lib/errors.ts';
import { choosePlace } from './choose-place.ts';
import { deliver } from './deliver.ts';
import { checkFolder, prepareFolder } from './demo-folder.ts';
import { DEMO_USAGE, type DemoOptions, parseDemoOptions } from './demo-options.ts';
import type { DemoPlace } from './demo-place.ts';
import { type DemoPostgres, startDemoPostgres } from './demo-postgres.ts';
import { createIncoming } from './incoming.ts';
import { createPrinter, type Printer } from './print.ts';
import { proveAll } from './proof.ts';
import { OVERTAKEN_ORDER, playRounds, REMEMBERED_ROUND, type Round } from './rounds.ts';
import { createShell, type Shell } from './shell.ts';
import { createShop } from './shop.ts';
import { type Shop, withShop } from './with-shop.ts';
import { shortInstant, showExport, showRound, showSnapshots, showSql, showTimeline } from './tour.ts';

process.exitCode = await main(process.argv.slice(2));

/** Returns the exit code: 0 when all was proved, 1 when something differs, 2 when the demo was refused or failed. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseDemoOptions(args);
    if (options) return await runDemo(options);
    process.stdout.write(DEMO_USAGE);
    return 0;
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    process.stderr.write(`${error.message}\n`);
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

async function runIn(place: DemoPlace, { dir, force, postgres: wanted, stay }: DemoOptions): Promise<number> {
  const { configPath, replaced } = await prepareFolder(dir, force, place.settings);
  const { config } = await loadConfig(configPath);
  const cli = createCli({ config: configPath, color: true, quiet: true }, { ...place.env });
  const shell = createShell(dir);
  const print = createPrinter(cli, shell.command);
  await print.lines([
    cli.paint.bold('Tidemark, shown on one day of a small tea shop'),
    `Change files, histories and tidemark.yaml go to ${dir}${replaced ? ', in place of the last shop' : ''}.`,
    ...place.about,
    `After a $ stands the command that does the same${shell.enter ? ', typed in that folder' : ''}.`,
  ]);
  await place.prepare(config);
  const shop = { config, env: place.env };
  const postgres = wanted ? await startDemoPostgres(config) : null;
  let same: boolean;
  try {
    const rounds = await playStory(shop, cli, print, postgres);
    const ends = { remembered: rounds[REMEMBERED_ROUND]!, last: rounds.at(-1)! };
    await showTimeline(cli, print);
    await showSnapshots(shop, print, ends.remembered);
    await showPostgres(cli, print, postgres);
    await print.part('Does it add up? Every value of every row against the shop itself');
    const client = postgres?.client ?? null;
    const proofs = await withShop(shop, 'look', (ws) => proveAll({ ws, postgres: client, ...ends }));
    await print.proofs(proofs);
    same = proofs.every(({ differing }) => differing === 0);
    await sayGoodbye(print, shell, place, { noon: ends.remembered, stay: stay || process.stdin.isTTY });
  } finally {
    await postgres?.stop();
  }
  return same ? 0 : 1;
}

async function playStory(
  shop: Shop,
  cli: Cli,
  print: Printer,
  postgres: DemoPostgres | null,
): Promise<Round[]> {
  const rounds: Round[] = [];
  const put = createIncoming(shop.config, shop.env);
  for (const round of playRounds(createShop())) {
    await deliver(put, round.files);
    await showRound(shop, print, round);
    rounds.push(round);
    if (postgres && rounds.length === 1) await showExport(cli, print);
  }
  return rounds;
}

async function showPostgres(cli: Cli, print: Printer, postgres: DemoPostgres | null): Promise<void> {
  if (!postgres) return print.lines(['The export to Postgres was left out (--no-postgres).']);
  await print.part('What the day changed, sent to Postgres');
  await print.lines(['Only the keys that changed since the export of the morning are sent.']);
  await showExport(cli, print);
  await showSql(postgres.client, print);
}

async function sayGoodbye(
  print: Printer,
  shell: Shell,
  place: DemoPlace,
  { noon, stay }: { noon: Round; stay: boolean },
): Promise<void> {
  if (place.endsWithDemo && !stay) {
    return print.lines(['The warehouse ends with the demo; --stay keeps it, to try commands on it.']);
  }
  await print.part('Three commands to try next');
  const next = [
    `timeline orders --key order_id=${OVERTAKEN_ORDER}`,
    `snapshot customers --as-of ${shortInstant(noon)}`,
    'rejected products',
  ];
  const enter = [...place.enter, ...(shell.enter ? [shell.enter] : [])];
  await print.lines([...enter, ...next.map(shell.command)]);
  if (!place.endsWithDemo) return;
  await print.lines(['Type them in another terminal. The warehouse runs until you press Ctrl-C here.']);
  await new Promise<void>((end) => {
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
}
