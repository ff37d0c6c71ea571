import { parseArgs } from 'node:util';
import { UsageError } from '../../bin/usage-error.ts';
import { SHOP_TABLES, type ShopTable, TALLIES } from './shop-tables.ts';

/** What a person may ask of the demo. */
export interface DemoOptions {
  /** Folder of the shop. */
  readonly dir: string;
  /** Make the shop in a folder that holds something else. */
  readonly force: boolean;
  readonly engine: (typeof ENGINES)[number];
  /** Of a workspace. @default DATABRICKS_CATALOG */
  readonly catalog: string | undefined;
  /** Of a warehouse; made anew. */
  readonly schema: string;
  readonly postgres: boolean;
  /** What is captured; the shop has the others too. */
  readonly tables: readonly ShopTable[];
  /** How long the shop is open. */
  readonly seconds: number;
  /** Transactions a second. */
  readonly rate: number;
  /** Equal seeds make equal people, goods and intentions; how they meet is up to the server. */
  readonly seed: number;
  /** At the end, wait for Ctrl-C where the warehouse would end with the demo. @default only in a terminal */
  readonly stay: boolean;
}

const ENGINES = ['duckdb', 'databricks'] as const;

export const DEMO_USAGE = `npm run demo [-- options]

  --dir <folder>    where the shop is made (default: ./demo-shop)
  --force           make it in a folder that holds something else; only what the
                    demo itself makes is replaced there
  --engine <kind>   what holds the histories: duckdb (default), or databricks, which
                    is the workspace that DATABRICKS_HOST names, or else Spark with
                    Delta on this machine
  --catalog <name>  of the workspace (default: DATABRICKS_CATALOG)
  --schema <name>   made in it for the demo (default: tidemark_demo)
  --no-postgres     leave out the export
  --tables <names>  what is captured, for instance customers,orders (default: all)
  --seconds <n>     how long the shop is open (default: 25)
  --rate <n>        transactions a second (default: 40)
  --seed <n>        another seed makes other people, goods and orders (default: 1)
  --stay            keep the Spark that the demo started until Ctrl-C, as is done
                    in a terminal
  --help
`;

/** Reads the command line; null asks for the usage. Throws `UsageError` DEMO_USAGE. */
export function parseDemoOptions(args: readonly string[]): DemoOptions | null {
  const values = parse(args);
  if (values.help) return null;
  const engine = ENGINES.find((kind) => kind === values.engine);
  if (engine === undefined) {
    const message = `--engine ${JSON.stringify(values.engine)} is not an engine of the demo. Engines: ${ENGINES.join(', ')}.`;
    throw new UsageError('DEMO_USAGE', message);
  }
  const { dir, force, catalog, schema, stay } = values;
  const tables = chooseTables(values.tables);
  const numbers = {
    seconds: wholeNumber('--seconds', values.seconds, 3, 3600),
    rate: wholeNumber('--rate', values.rate, 1, 1000),
    seed: wholeNumber('--seed', values.seed, 0, 1_000_000),
  };
  return { dir, force, engine, catalog, schema, stay, postgres: !values['no-postgres'], tables, ...numbers };
}

function chooseTables(names: string | undefined): readonly ShopTable[] {
  if (names === undefined) return SHOP_TABLES;
  const wanted = [...names.split(','), TALLIES];
  const unknown = wanted.find((name) => !SHOP_TABLES.some((table) => table.name === name));
  if (unknown === undefined) return SHOP_TABLES.filter(({ name }) => wanted.includes(name));
  const known = SHOP_TABLES.map(({ name }) => name).join(', ');
  throw new UsageError(
    'DEMO_USAGE',
    `--tables ${JSON.stringify(unknown)} is no table of the shop: ${known}.`,
  );
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  const message = `${option} ${JSON.stringify(text)} is no whole number from ${least} to ${most}.`;
  throw new UsageError('DEMO_USAGE', message);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        dir: { type: 'string', default: './demo-shop' },
        force: { type: 'boolean', default: false },
        engine: { type: 'string', default: 'duckdb' },
        catalog: { type: 'string' },
        schema: { type: 'string', default: 'tidemark_demo' },
        stay: { type: 'boolean', default: false },
        'no-postgres': { type: 'boolean', default: false },
        tables: { type: 'string' },
        seconds: { type: 'string', default: '25' },
        rate: { type: 'string', default: '40' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError('DEMO_USAGE', `${error instanceof Error ? error.message : error}\n\n${DEMO_USAGE}`);
  }
}
