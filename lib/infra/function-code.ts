import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Config } from '../config/config.ts';
import { TerminalError } from '../errors.ts';
import { type Bundle, bundleModule } from './function-code-bundle.ts';

/** A file of `lambda/`, without its ending. */
export type HandlerName = 'router' | 'ingest' | 'export' | 'sweep' | 'setup' | 'dms-lifecycle';

/** A whole configuration, or only what it is called for a function that is told everything else by its caller. */
export type FunctionConfig = Config | Pick<Config, 'name' | 'region'>;

/** What a function's folder holds besides its code. */
export interface FunctionFiles {
  /** Becomes `config.json`: the function reads it in place of a YAML file. */
  readonly config: FunctionConfig;
  /** Further files by name, such as `ca.pem`. @default - none */
  readonly files?: Readonly<Record<string, string>>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const bundles = new Map<HandlerName, Bundle>();
let scratch: string | undefined;

/**
 * The code of a function as a folder of `index.mjs`, its source map, `config.json` and further files. The same sources
 * and configuration give the same bytes, on any machine and in any folder, so that a deploy without a change changes
 * nothing. Throws `TerminalError` when the bundle holds what must not be in a function, see `bundleModule`.
 */
export function functionCode(handler: HandlerName, { config, files = {} }: FunctionFiles): Code {
  const bundle = bundles.get(handler) ?? bundleModule(ROOT, `lambda/${handler}.ts`);
  bundles.set(handler, bundle);
  return Code.fromAsset(folderOf({ ...files, ...bundle, 'config.json': `${JSON.stringify(config)}\n` }));
}

/** A folder of these files, until this process ends; the CDK has copied it by then. */
function folderOf(content: Readonly<Record<string, string>>): string {
  const folder = join(scratchFolder(), createHash('sha256').update(JSON.stringify(content)).digest('hex'));
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(content)) writeFileSync(join(folder, fileName(name)), text);
  return folder;
}

function scratchFolder(): string {
  if (scratch !== undefined) return scratch;
  const made = mkdtempSync(join(tmpdir(), 'tidemark-functions-'));
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  scratch = made;
  return made;
}

function fileName(name: string): string {
  if (/^[\w-][\w.-]*$/.test(name)) return name;
  throw new TerminalError(
    'FUNCTION_FILE_NAME',
    `${JSON.stringify(name)} cannot be a file beside a function's code. Use letters, digits, dots, dashes and underscores.`,
  );
}
