import { parseArgs } from 'node:util';
import { UsageError } from '../../bin/usage-error.ts';

/** What a person may ask of the demo. */
export interface DemoOptions {
  /** Folder of the shop. */
  readonly dir: string;
  /** Make the shop in a folder that holds something else. */
  readonly force: boolean;
  readonly engine: 'duckdb';
  readonly postgres: boolean;
}

export const DEMO_USAGE = `npm run demo [-- options]

  --dir <folder>    where the shop is made (default: ./demo-shop)
  --force           make it in a folder that holds something else; only what the
                    demo itself makes is replaced there
  --engine duckdb   what holds the histories
  --no-postgres     leave out the export
  --help
`;

/** Reads the command line; null asks for the usage. Throws `UsageError` DEMO_USAGE. */
export function parseDemoOptions(args: readonly string[]): DemoOptions | null {
  const values = parse(args);
  if (values.help) return null;
  if (values.engine !== 'duckdb') {
    const message = `--engine ${JSON.stringify(values.engine)} is not an engine of the demo. Engines: duckdb.`;
    throw new UsageError('DEMO_USAGE', message);
  }
  const { dir, force, engine } = values;
  return { dir, force, engine, postgres: !values['no-postgres'] };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        dir: { type: 'string', default: './demo-shop' },
        force: { type: 'boolean', default: false },
        engine: { type: 'string', default: 'duckdb' },
        'no-postgres': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError('DEMO_USAGE', `${error instanceof Error ? error.message : error}\n\n${DEMO_USAGE}`);
  }
}
