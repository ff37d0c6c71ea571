import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { TerminalError } from '../errors.ts';
import { type ParsedConfig, type ParseOptions, parseConfig } from './parse-config.ts';

/**
 * Reads a configuration file; its relative paths start from its own folder. Throws `TerminalError` CONFIG_NOT_FOUND
 * when there is none, CONFIG_UNREADABLE when it is a folder, may not be read or is not UTF-8 text, and `ConfigError`.
 */
export async function loadConfig(
  path: string,
  options: Pick<ParseOptions, 'also'> = {},
): Promise<ParsedConfig> {
  const file = resolve(path);
  const text = decode(await readFile(file).catch((error: unknown) => fail(file, error)), file);
  return parseConfig(text, { ...options, baseDir: dirname(file), source: path });
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const message = `The configuration ${file} is not UTF-8 text. Save it as UTF-8.`;
    throw new TerminalError('CONFIG_UNREADABLE', message, { cause });
  }
}

function fail(file: string, cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const message = `There is no configuration ${file}. Run \`tidemark init\` to write one, or name another with --config.`;
    throw new TerminalError('CONFIG_NOT_FOUND', message, { cause });
  }
  throw new TerminalError('CONFIG_UNREADABLE', unreadable(file, code), { cause });
}

function unreadable(file: string, code: string): string {
  if (code === 'EISDIR') return `The configuration ${file} is a folder. Name a file in it.`;
  if (code === 'EACCES' || code === 'EPERM') {
    return `The configuration ${file} may not be read by this user. Change its permissions.`;
  }
  return `The configuration ${file} cannot be read (${code}). Check the path and the disk.`;
}
