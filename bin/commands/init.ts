import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config, EngineConfig } from '../../lib/config/config.ts';
import type { FoundTables } from '../../lib/capture/find-tables.ts';
import { initTables, whyLeftOut } from '../../lib/config/init-tables.ts';
import { initConfigText } from '../../lib/config/init-template.ts';
import { parseConfig } from '../../lib/config/parse-config.ts';
import { tableLocations } from '../../lib/config/paths.ts';
import type { Cli } from '../cli.ts';
import { plural } from '../output/human.ts';
import { withSource } from '../source-url.ts';
import { UsageError } from '../usage-error.ts';

export interface InitOptions {
  readonly force?: boolean;
  /** @default duckdb */
  readonly engine?: EngineConfig['kind'];
  /** URL of a PostgreSQL whose tables are written into it; true for the one that the environment names. */
  readonly from?: string | true;
}

/** Writes a commented configuration and, where files wait on this machine, makes the folder for the first of them. */
export async function init(cli: Cli, name: string | undefined, options: InitOptions): Promise<void> {
  const path = resolve(cli.configPath);
  const folder = dirname(path);
  const found = options.from === undefined ? null : await findSource(cli, options.from);
  const title = name ?? found?.database ?? (basename(folder) || 'tidemark');
  const tables = found === null ? undefined : initTables(found.tables);
  const text = initConfigText(title, schemaPath(folder), options.engine, tables);
  // A name that is none must not leave a broken file behind.
  const { config } = parseConfig(text, { baseDir: folder, source: path });
  await mkdir(folder, { recursive: true });
  await writeFile(path, text, { flag: options.force ? 'w' : 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw new UsageError('CONFIG_EXISTS', `${path} is there already. Use --force to replace it.`);
  });
  const table = config.tables[0]!;
  if (found !== null) {
    await cli.out.write(`${path}\n`);
    return cli.screen.note(stepsFromSource(config.tables.length, found.tables.length, table.name));
  }
  const { incoming } = tableLocations(config, table);
  if (config.storage.kind === 'local') await mkdir(incoming, { recursive: true });
  await cli.out.write(`${path}\n`);
  cli.screen.note(nextSteps(config.engine, incoming, table.name));
}

/** Throws `UsageError` NO_TABLES where no table has a key, so that there is nothing to keep. */
async function findSource(cli: Cli, from: string | true): Promise<FoundTables> {
  const { findTables } = await import('../../lib/capture/find-tables.ts');
  const found = await withSource(cli, from === true ? undefined : from, findTables);
  if (found.tables.some((table) => whyLeftOut(table) === null)) return found;
  throw new UsageError(
    'NO_TABLES',
    `The database ${JSON.stringify(found.database)} has no table with a primary key that this user may read. Grant select on its tables, or run "tidemark init" without --from and name tables and keys yourself.`,
  );
}

function stepsFromSource(written: number, all: number, table: string): string {
  const left = all - written;
  return [
    `${plural(written, 'table')} with a key${left === 0 ? '' : `; ${left} left out, see the end of "tables"`}.`,
    'Next:',
    '  1. Take out the tables you do not want, then run "tidemark validate".',
    '  2. Run "tidemark dev capture --once". It says what the source still needs.',
    `  3. Run "tidemark ingest", then "tidemark snapshot ${table}".`,
  ].join('\n');
}

/** Where editors find the schema, from the folder of the configuration. */
function schemaPath(folder: string): string {
  const schema = fileURLToPath(new URL('../../tidemark.schema.json', import.meta.url));
  const path = relative(folder, schema).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

function nextSteps(engine: Config['engine'], incoming: string, table: string): string {
  const connect = [
    'Set DATABRICKS_HOST, DATABRICKS_HTTP_PATH, DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, then run "tidemark setup".',
  ];
  const steps = [
    'Name your tables and their keys in it, then run "tidemark validate".',
    ...(engine.kind === 'databricks' ? connect : []),
    `Put change files into ${incoming}`,
    `Run "tidemark ingest", then "tidemark snapshot ${table}".`,
  ];
  return ['Next:', ...steps.map((step, i) => `  ${i + 1}. ${step}`)].join('\n');
}
