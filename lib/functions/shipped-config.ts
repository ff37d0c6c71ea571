import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { TerminalError } from '../errors.ts';

/**
 * Reads the configuration that a function is shipped with: `config.json` beside its code, where files that it names lie,
 * too. It was checked before it was shipped. Throws `TerminalError` CONFIG_NOT_SHIPPED.
 */
export async function readShippedConfig(folder: string): Promise<Config> {
  const path = join(folder, 'config.json');
  try {
    const config: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (isConfig(config)) return withWholePaths(config, folder);
  } catch (cause) {
    throw notShipped(path, cause);
  }
  throw notShipped(path);
}

/** Functions that are told everything else by their caller are shipped with the name and the region only. */
function isConfig(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
}

function withWholePaths(config: Config, folder: string): Config {
  const place = <Part extends object>(part: Part): Part =>
    'caFile' in part && typeof part.caFile === 'string'
      ? { ...part, caFile: join(folder, part.caFile) }
      : part;
  const { engine, exports } = config as Partial<Config>;
  return {
    ...config,
    ...(engine ? { engine: place(engine) } : {}),
    ...(exports ? { exports: exports.map((one) => ({ ...one, connection: place(one.connection) })) } : {}),
  };
}

function notShipped(path: string, cause?: unknown): TerminalError {
  return new TerminalError(
    'CONFIG_NOT_SHIPPED',
    `The configuration that this function is shipped with, ${path}, cannot be read. Deploy the pipeline again.`,
    { cause },
  );
}
