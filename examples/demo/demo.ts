import { type Cli, createCli } from '../../bin/cli.ts';
import type { Config } from '../../lib/config/config.ts';
import { loadConfig } from '../../lib/config/load-config.ts';
import { PipelineError } from '../../lib/errors.ts';
import { deliver } from './deliver.ts';
import { prepareFolder } from './demo-folder.ts';
import { DEMO_USAGE, type DemoOptions, parseDemoOptions } from './demo-options.ts';
import { type DemoPostgres, startDemoPostgres } from './demo-postgres.ts';
import { createPrinter, type Printer } from './print.ts';
import { proveAll } from './proof.ts';
import { OVERTAKEN_ORDER, playRounds, REMEMBERED_ROUND, type Round } from './rounds.ts';
import { createShell, type Shell } from './shell.ts';
import { createShop } from './shop.ts';
import { withShop } from './with-shop.ts';
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

async function runDemo({ dir, force, postgres: wanted }: DemoOptions): Promise<number> {
  const { configPath, replaced } = await prepareFolder(dir, force);
  const { config } = await loadConfig(configPath);
  const cli = createCli({ config: configPath, color: true, quiet: true });
  const shell = createShell(dir);
  const print = createPrinter(cli, shell.command);
  await print.lines([
    cli.paint.bold('Tidemark, shown on one day of a small tea shop'),
    `Change files, histories and tidemark.yaml go to ${dir}${replaced ? ', in place of the last shop' : ''}.`,
    `After a $ stands the command that does the same${shell.enter ? ', typed in that folder' : ''}.`,
  ]);
  const postgres = wanted ? await startDemoPostgres(config) : null;
  try {
    const rounds = await playStory(config, cli, print, postgres);
    const ends = { remembered: rounds[REMEMBERED_ROUND]!, last: rounds.at(-1)! };
    await showTimeline(cli, print);
    await showSnapshots(config, print, ends.remembered);
    await showPostgres(cli, print, postgres);
    await print.part('Does it add up? Every value of every row against the shop itself');
    const client = postgres?.client ?? null;
    const proofs = await withShop(config, 'look', (ws) => proveAll({ ws, postgres: client, ...ends }));
    await print.proofs(proofs);
    await sayGoodbye(print, shell, ends.remembered);
    return proofs.every(({ differing }) => differing === 0) ? 0 : 1;
  } finally {
    await postgres?.stop();
  }
}

async function playStory(
  config: Config,
  cli: Cli,
  print: Printer,
  postgres: DemoPostgres | null,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (const round of playRounds(createShop())) {
    await deliver(config, round.files);
    await showRound(config, print, round);
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

async function sayGoodbye(print: Printer, shell: Shell, then: Round): Promise<void> {
  await print.part('Three commands to try next');
  const next = [
    `timeline orders --key order_id=${OVERTAKEN_ORDER}`,
    `snapshot customers --as-of ${shortInstant(then)}`,
    'rejected products',
  ];
  await print.lines([...(shell.enter ? [shell.enter] : []), ...next.map(shell.command)]);
}
