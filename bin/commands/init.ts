import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initConfigText } from '../../lib/config/init-template.ts';
import { parseConfig } from '../../lib/config/parse-config.ts';
import { tableFolders } from '../../lib/config/paths.ts';
import type { Cli } from '../cli.ts';
import { UsageError } from '../usage-error.ts';

/** Writes a configuration that works at once and makes the folder where its first table's change files go. */
export async function init(cli: Cli, name: string | undefined, options: { force?: boolean }): Promise<void> {
  const path = resolve(cli.configPath);
  const text = initConfigText(name ?? (basename(dirname(path)) || 'tidemark'), schemaPath(dirname(path)));
  // A name that is none must not leave a broken file behind.
  const { config } = parseConfig(text, { baseDir: dirname(path), source: path });
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { flag: options.force ? 'w' : 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw new UsageError('CONFIG_EXISTS', `${path} is there already. Use --force to replace it.`);
  });
  const [table] = config.tables;
  const incoming = resolve(config.storage.root, tableFolders(config, table!).incoming);
  await mkdir(incoming, { recursive: true });
  await cli.out.write(`${path}\n`);
  cli.screen.note(nextSteps(incoming, table!.name));
}

/** Where editors find the schema, from the folder of the configuration. */
function schemaPath(folder: string): string {
  const schema = fileURLToPath(new URL('../../tidemark.schema.json', import.meta.url));
  const path = relative(folder, schema).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

function nextSteps(incoming: string, table: string): string {
  return [
    'Next:',
    '  1. Name your tables and their keys in it, then run "tidemark validate".',
    `  2. Put change files into ${incoming}`,
    `  3. Run "tidemark ingest", then "tidemark snapshot ${table}".`,
  ].join('\n');
}
