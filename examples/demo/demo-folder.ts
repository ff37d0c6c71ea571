import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TerminalError } from '../../lib/errors.ts';
import { SHOP_TABLES, type ShopTable } from './shop-tables.ts';

const MARK = '.tidemark-demo';
/** Everything that the demo makes and, run again, makes anew. */
const MADE = [
  'captured',
  'files',
  'postgres',
  'source',
  'tidemark.duckdb',
  'tidemark.duckdb.wal',
  'tidemark.yaml',
];
const SCHEMA = fileURLToPath(new URL('../../tidemark.schema.json', import.meta.url));

/** A folder with the shop's configuration and nothing else of the demo's. */
export interface DemoFolder {
  readonly dir: string;
  readonly configPath: string;
  /** The shop of an earlier run was there, and is gone. */
  readonly replaced: boolean;
}

/**
 * Whether an earlier run made the folder. One that holds something else is refused (`TerminalError` DEMO_FOLDER_TAKEN)
 * unless forced. Changes nothing.
 */
export async function checkFolder(dir: string, force: boolean): Promise<boolean> {
  const found = await readdir(dir).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw taken(dir, 'is not a folder that can be read', error);
  });
  const ours = found.includes(MARK);
  if (found.length > 0 && !ours && !force) throw taken(dir, 'holds something the demo did not make');
  return ours;
}

/**
 * Makes the folder ready. One that an earlier run made is emptied of what that run made; another that holds something
 * is refused (`TerminalError` DEMO_FOLDER_TAKEN) unless forced, and keeps whatever has another name than ours.
 *
 * @param settings lines of the configuration that say what holds the histories
 * @param tables what is captured
 */
export async function prepareFolder(
  dir: string,
  force: boolean,
  settings = '',
  tables: readonly ShopTable[] = SHOP_TABLES,
): Promise<DemoFolder> {
  const ours = await checkFolder(dir, force);
  for (const name of MADE) await rm(join(dir, name), { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  await writeFile(
    join(dir, MARK),
    'Made by `npm run demo`, which replaces the shop in this folder when it runs again.\n',
  );
  const configPath = join(dir, 'tidemark.yaml');
  await writeFile(configPath, configText(relative(resolve(dir), SCHEMA), settings, tables));
  return { dir, configPath, replaced: ours };
}

function taken(dir: string, why: string, cause?: unknown): TerminalError {
  return new TerminalError(
    'DEMO_FOLDER_TAKEN',
    `The folder ${resolve(dir)} ${why}. Name another with --dir, or use it all the same with --force, which replaces these in it: ${MADE.join(', ')}.`,
    { cause },
  );
}

/** Most settings have a default that is right here. */
function configText(schemaPath: string, settings: string, tables: readonly ShopTable[]): string {
  return `# yaml-language-server: $schema=${schemaPath.replaceAll('\\', '/')}
name: demo-shop
${settings}
tables:
${tables.map(tableText).join('')}
exports:
  - name: postgres
    # A real Postgres in this folder, running for as long as a command needs it.
    connection: {embedded: ./postgres}
    mode: incremental
`;
}

function tableText({ name, keys, keepsAll }: ShopTable): string {
  const history = keepsAll
    ? `    # Every change is kept, so that the table can be had as it was after any commit.
    history: every-change
`
    : `    # The default: of each batch, the last change of each key. Each order changes
    # the stock, and few will ask for what it was in between.
    history: last-change
`;
  return `  - name: ${name}
    source: public.${name}
    keys: [${keys.join(', ')}]
${history}${CONTRACTS[name] ?? ''}`;
}

const CONTRACTS: Readonly<Record<string, string>> = {
  customers: `    # Change files have these as text. This makes them what they are at the source.
    columns: {customer_id: int, public_id: uuid, newsletter: boolean}
`,
};
