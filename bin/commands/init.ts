import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config, EngineConfig } from '../../lib/config/config.ts';
import { initConfigText } from '../../lib/config/init-template.ts';
import { parseConfig } from '../../lib/config/parse-config.ts';
import { tableLocations } from '../../lib/config/paths.ts';
import type { Cli } from '../cli.ts';
import { UsageError } from '../usage-error.ts';

export interface InitOptions {
  readonly force?: boolean;
  /** @default duckdb */
  readonly engine?: EngineConfig['kind'];
}

/** Writes a commented configuration and, where files wait on this machine, makes the folder for the first of them. */
export async function init(cli: Cli, name: string | undefined, options: InitOptions): Promise<void> {
  const path = resolve(cli.configPath);
  const folder = dirname(path);
  const text = initConfigText(name ?? (basename(folder) || 'tidemark'), schemaPath(folder), options.engine);
  // A name that is none must not leave a broken file behind.
  const { config } = parseConfig(text, { baseDir: folder, source: path });
  await mkdir(folder, { recursive: true });
  await writeFile(path, text, { flag: options.force ? 'w' : 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw new UsageError('CONFIG_EXISTS', `${path} is there already. Use --force to replace it.`);
  });
  const table = config.tables[0]!;
  const { incoming } = tableLocations(config, table);
  if (config.storage.kind === 'local') await mkdir(incoming, { recursive: true });
  await cli.out.write(`${path}\n`);
  cli.screen.note(nextSteps(config.engine, incoming, table.name));
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
