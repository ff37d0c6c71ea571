import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Config, PostgresConnection } from '../config/config.ts';
import type { ConfigPath, Finding } from '../config/problem.ts';

/** What the functions of a pipeline are shipped with, nothing of which says on which machine it was put together. */
export interface ShippedFiles {
  readonly config: Config;
  /** Authorities to trust, by the name that `caFile` has in the configuration above. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * The configuration as functions get it: a `caFile` becomes the name of a file beside the function's code, which is the
 * folder that a function runs in. A person's profile stays behind. Throws what `readFileSync` throws for a file that `shippedFindings` would tell of.
 */
export function shipConfig(config: Config): ShippedFiles {
  const files: Record<string, string> = {};
  const ship = <Part extends object>(part: Part): Part => {
    if (!('caFile' in part) || typeof part.caFile !== 'string') return part;
    const text = readFileSync(part.caFile, 'utf8');
    const name = `ca-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.pem`;
    files[name] = text;
    return { ...part, caFile: name };
  };
  const engine = ship(config.engine);
  const exports = config.exports.map((one) => ({ ...one, connection: ship(one.connection) }));
  const { profile: _ofAPerson, ...cloud } = config.cloud;
  return { config: { ...config, engine, exports, cloud }, files };
}

/** What is wrong with the files that functions would be shipped with. */
export function shippedFindings({ engine, exports }: Config): readonly Finding[] {
  return [
    ...(engine.kind === 'databricks' ? authorityFindings(engine.caFile, ['engine', 'caFile']) : []),
    ...exports.flatMap(({ connection }, index) =>
      authorityFindings(caFileOf(connection), ['exports', index, 'connection', 'caFile']),
    ),
  ];
}

function caFileOf(connection: PostgresConnection): string | undefined {
  return connection.kind === 'embedded' ? undefined : connection.caFile;
}

function authorityFindings(caFile: string | undefined, path: ConfigPath): Finding[] {
  if (caFile === undefined) return [];
  const text = readOrNull(caFile);
  const hint = 'Name a PEM file with the certificates of the authorities; functions are shipped with it.';
  if (text === null) return [{ path, message: 'names a file that cannot be read', hint }];
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return [{ path, message: 'names a file with a private key in it, which must not be shipped', hint }];
  }
  return text.includes('-----BEGIN CERTIFICATE-----')
    ? []
    : [{ path, message: 'names a file without a certificate', hint }];
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
