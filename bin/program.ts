import { Command, InvalidArgumentError, Option } from 'commander';
import { VERSION } from '../lib/version.ts';
import type { Cli } from './cli.ts';
import { DEFAULT_CONFIG_TEXT, defaultConfigPath } from './config-path.ts';
import { ROW_FORMATS } from './output/row-format.ts';

const EXIT_CODES = `
Exit codes (the worst one wins):
  0    all well
  1    an unexpected error
  2    the command line or the configuration was refused
  3    a file was rejected; everything else was applied
  4    a table or an export failed; a person has to do something
  5    a table or an export failed; trying again may help
  6    verify found a broken promise
  130  stopped by Ctrl-C`;

/**
 * Every command and option. `cli` is asked for when a command runs. Each command's own code is loaded only then, so
 * that help and refusals are quick.
 */
export function createProgram(cli: () => Cli): Command {
  const program = new Command('tidemark')
    .description(
      'Keep a relational database mirrored, with its full history, in a lakehouse, and served back to a database.',
    )
    .version(VERSION)
    .addOption(
      new Option('-c, --config <path>', 'the configuration').default(
        defaultConfigPath(process.env),
        DEFAULT_CONFIG_TEXT,
      ),
    )
    .option('--no-color', 'no colours')
    .option('--quiet', 'no progress and no notes; warnings and errors only')
    .option(
      '--profile <name>',
      "profile of AWS's own tools (default: as the environment says, or cloud.profile)",
    )
    .option('--debug', 'more about what happens and where errors come from')
    .addHelpCommand(
      new Command('help').argument('[command]').description('help for a command').helpGroup('Set up:'),
    )
    .addHelpText('after', EXIT_CODES);
  declareSetup(program, cli);
  declareIngest(program, cli);
  declareReading(program, cli);
  declareExport(program, cli);
  declareCare(program, cli);
  return program;
}

function declareSetup(program: Command, cli: () => Cli): void {
  program.commandsGroup('Set up:');
  program
    .command('init')
    .argument('[name]', 'name of the pipeline (default: the folder)')
    .description('write a commented configuration that works at once')
    .addOption(
      new Option('--engine <kind>', 'what holds the history')
        .choices(['duckdb', 'databricks'])
        .default('duckdb'),
    )
    .option(
      '--from [url]',
      'take the tables of this PostgreSQL, with their keys, into it (default: TIDEMARK_SOURCE_URL)',
    )
    .option('--force', 'replace the configuration that is there')
    .action(async (name, options) => (await import('./commands/init.ts')).init(cli(), name, options));
  program
    .command('validate')
    .description('list every problem of the configuration, with its place and how to mend it')
    .addOption(json())
    .action(async (options) => (await import('./commands/validate.ts')).validate(cli(), options));
  program
    .command('paths')
    .argument('<table>')
    .description('show the folders of a table')
    .addOption(json())
    .action(async (table, options) => (await import('./commands/paths.ts')).paths(cli(), table, options));
  program
    .command('prerequisites')
    .argument('[name]', 'a table or a replication (default: every replication)')
    .description(
      'print what a source needs before DMS can copy it, and the SQL that checks it; connects nowhere',
    )
    .option('--check', 'only the SQL that checks')
    .option('--user <name>', 'the user of DMS at the source, as the secret has it')
    .addOption(json())
    .action(async (name, options) =>
      (await import('./commands/prerequisites.ts')).prerequisites(cli(), name, options),
    );
  program
    .command('setup')
    .description('make what must exist: schema, ledger, volumes, histories, views, grants; replaces nothing')
    .addOption(dryRun())
    .addOption(json())
    .action(async (options) => (await import('./commands/setup.ts')).setupCommand(cli(), options));
}

function declareIngest(program: Command, cli: () => Cli): void {
  program.commandsGroup('Take changes in:');
  program
    .command('plan')
    .argument('[table]')
    .description('show what ingest would do, and its SQL; touches nothing')
    .option('--cloud', 'show instead what a deploy would make, and roughly what it costs')
    .option('--warehouse <size>', 'with --cloud: size of the SQL warehouse (default: 2X-Small)')
    .option('--price <name=usd>', 'with --cloud: a price of your own; can be repeated', collect)
    .option('--assume <name=number>', 'with --cloud: an assumption of your own; can be repeated', collect)
    .addOption(json())
    .action(async (table, options) => (await import('./commands/plan.ts')).plan(cli(), table, options));
  program
    .command('ingest')
    .argument('[tables...]')
    .description(
      'take every waiting change file into the histories; a deployed pipeline is rung, and does it',
    )
    .addOption(json())
    .addOption(here('wait', 'timeout'))
    .option('--wait', 'where the pipeline is rung: wait until the files that wait now are taken in')
    .addOption(
      new Option('--timeout <minutes>', 'the longest that --wait waits (default: 30)')
        .argParser(count)
        .implies({ wait: true }),
    )
    .option('--max-files <n>', 'files in a batch', count)
    .option('--max-bytes <size>', 'bytes in a batch, for instance 256MB')
    .option('--max-batches <n>', 'stop after so many batches of a table', count)
    .action(async (tables, options) => (await import('./commands/ingest.ts')).ingest(cli(), tables, options));
  program
    .command('status')
    .argument('[tables...]')
    .description('show what waits, what was applied last, lag and sizes')
    .addOption(json())
    .action(async (tables, options) => (await import('./commands/status.ts')).status(cli(), tables, options));
}

function declareReading(program: Command, cli: () => Cli): void {
  program.commandsGroup('Look at rows:');
  program
    .command('history')
    .argument('<table>')
    .description('every row of a history')
    .addOption(key())
    .addOption(format())
    .action(async (table, options) => (await import('./commands/history.ts')).history(cli(), table, options));
  program
    .command('versions')
    .argument('<table>')
    .description('the versions of each key, neighbours without a difference merged')
    .addOption(key())
    .addOption(format())
    .action(async (table, options) =>
      (await import('./commands/versions.ts')).versions(cli(), table, options),
    );
  program
    .command('snapshot')
    .argument('<table>')
    .description('the rows of a table, now or at an instant')
    .addOption(asOf())
    .addOption(format())
    .action(async (table, options) =>
      (await import('./commands/snapshot.ts')).snapshot(cli(), table, options),
    );
  program
    .command('timeline')
    .argument('<table>')
    .description('draw the life of one key')
    .addOption(key().makeOptionMandatory())
    .action(async (table, options) =>
      (await import('./commands/timeline.ts')).timeline(cli(), table, options),
    );
}

function declareExport(program: Command, cli: () => Cli): void {
  program.commandsGroup('Send out:');
  program
    .command('export')
    .argument('[name]', 'one export (default: all)')
    .description('send snapshots to the databases that want them; a deployed pipeline is rung, and does it')
    .addOption(here())
    .addOption(asOf())
    .option('--replace', 'with --as-of: put the past into the table itself, not into one of its own')
    .option('--full', 'send all rows, where the export is incremental: after the target was changed by hand')
    .addOption(json())
    .action(async (name, options) =>
      (await import('./commands/export.ts')).exportCommand(cli(), name, options),
    );
  const dev = program.command('dev').description('helpers for a laptop');
  dev
    .command('postgres')
    .argument('[folder]', 'one of any folder, made there if there is none, that can be captured')
    .description('run the Postgres of the first export that has one of its own; prints its URL')
    .action(async (folder) => (await import('./commands/dev-postgres.ts')).devPostgres(cli(), folder));
  dev
    .command('capture')
    .argument('[tables...]')
    .description(
      'write what DMS would, from a PostgreSQL of your own: full load, then changes until Ctrl-C; stands in for DMS in development and tests, and is no part of a deployed stack',
    )
    .option(
      '--source <url>',
      'the source, postgres://…, or embedded:<folder> of a Postgres that "dev postgres" made (default: TIDEMARK_SOURCE_URL)',
    )
    .option('--slot <name>', 'the replication slot (default: tidemark_<name of the pipeline>)')
    .option('--publication <name>', 'the publication (default: as the slot)')
    .option('--interval <seconds>', 'how long a change may wait for its file (default: 60)', count)
    .option('--once', 'end when everything that was committed until now is in files')
    .addOption(
      new Option('--drop', 'remove slot and publication at the source; files stay').conflicts('once'),
    )
    .action(async (tables, options) =>
      (await import('./commands/dev-capture.ts')).devCapture(cli(), tables, options),
    );
}

function declareCare(program: Command, cli: () => Cli): void {
  program.commandsGroup('Care and repair:');
  program
    .command('verify')
    .argument('[tables...]')
    .description('check every promise about the histories')
    .addOption(json())
    .action(async (tables, options) => (await import('./commands/verify.ts')).verify(cli(), tables, options));
  program
    .command('maintain')
    .argument('[tables...]')
    .description('lay the tables out anew and remove the files that nothing reads any more')
    .addOption(dryRun())
    .addOption(json())
    .action(async (tables, options) =>
      (await import('./commands/maintain.ts')).maintainCommand(cli(), tables, options),
    );
  program
    .command('rejected')
    .argument('<table>')
    .description('list the files that were put aside, and why')
    .addOption(json())
    .action(async (table, options) =>
      (await import('./commands/rejected.ts')).rejected(cli(), table, options),
    );
  program
    .command('release')
    .argument('<table>')
    .argument('[files...]', 'paths as "rejected" lists them (default: all)')
    .description('let rejected files in again')
    .action(async (table, files) => (await import('./commands/release.ts')).release(cli(), table, files));
  program
    .command('reload')
    .argument('<table>')
    .description('begin to take a table anew from its source')
    .addOption(new Option('--complete', 'all its files are ingested').conflicts('cancel'))
    .addOption(
      new Option('--rows <n>', 'with --complete: rows that the source says it sent').argParser(natural),
    )
    .option('--cancel', 'call it off')
    .action(async (table, options) => (await import('./commands/reload.ts')).reload(cli(), table, options));
  program
    .command('unlock')
    .argument('<table>')
    .description('tell who has a table, and take it from a holder that is dead')
    .addOption(
      new Option('--claim <n>', 'the claim to end, as this command shows it without').argParser(claimNumber),
    )
    .addOption(json())
    .action(async (table, options) => (await import('./commands/unlock.ts')).unlock(cli(), table, options));
  program
    .command('rebuild')
    .argument('<table>')
    .description('make a history anew from the processed files')
    .action(async (table) => (await import('./commands/rebuild.ts')).rebuild(cli(), table));
  program
    .command('erase')
    .argument('<table>')
    .description('remove a key from history and exports; tells which files still hold it')
    .addOption(key().makeOptionMandatory())
    .option('--yes', 'do not ask')
    .action(async (table, options) => (await import('./commands/erase.ts')).erase(cli(), table, options));
}

const here = (...conflicts: readonly string[]): Option =>
  new Option('--here', 'do it on this machine, also where a pipeline is deployed').conflicts([...conflicts]);
const dryRun = (): Option => new Option('--dry-run', 'print the statements and change nothing');
const json = (): Option => new Option('--json', 'one JSON document for machines');
const key = (): Option => new Option('--key <column=value...>', 'one key, each of its columns');
const asOf = (): Option =>
  new Option('--as-of <instant>', 'for instance 2026-01-31 (midnight UTC) or 2026-01-31T18:00:00Z');
const format = (): Option =>
  new Option('--format <format>', 'how rows are printed').choices(ROW_FORMATS).default('table');

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function natural(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('It is not a whole number.');
}

function claimNumber(text: string): string {
  if (/^\d{1,18}$/.test(text)) return BigInt(text).toString();
  throw new InvalidArgumentError('It is not the number of a claim.');
}

function count(text: string): number {
  const number = natural(text);
  if (number > 0) return number;
  throw new InvalidArgumentError('It has to be at least 1.');
}
