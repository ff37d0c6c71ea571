import { parseArgs } from 'node:util';
import { UsageError } from '../../bin/usage-error.ts';

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
  return { dir, force, engine, catalog, schema, stay, postgres: !values['no-postgres'] };
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
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError('DEMO_USAGE', `${error instanceof Error ? error.message : error}\n\n${DEMO_USAGE}`);
  }
}
