import { resolve } from 'node:path';
import type { ExportConfig, PostgresConnection } from './config.ts';
import { EXPORT_DEFAULTS, TRIGGER_DEFAULTS } from './defaults.ts';
import { isLocalHost } from './postgres-url.ts';
import { isLiteral, parseReference } from './reference.ts';
import { orNull } from './resolve-cloud.ts';
import type { ConnectionYaml, ExportYaml } from './schema-export.ts';

/** An export with every setting filled in. Its connection must have passed `checkConnection`. */
export function resolveExport(
  written: ExportYaml,
  allTables: readonly string[],
  baseDir: string,
): ExportConfig {
  const target = written.target ?? EXPORT_DEFAULTS.target;
  return {
    name: exportName(written),
    target,
    connection: resolveConnection(written.connection, baseDir),
    tables: written.tables ?? allTables,
    targetSchema: written.targetSchema ?? EXPORT_DEFAULTS.targetSchema,
    mode: written.mode ?? EXPORT_DEFAULTS.mode,
    removeMissing: written.removeMissing ?? EXPORT_DEFAULTS.removeMissing,
    connections: written.connections ?? EXPORT_DEFAULTS.connections,
    nonFinite: written.nonFinite ?? EXPORT_DEFAULTS.nonFinite,
    columnCase: written.columnCase ?? EXPORT_DEFAULTS.columnCase,
    trigger: {
      schedule: orNull(written.schedule ?? 'none'),
      afterIngestSeconds: orNull(written.afterIngest ?? 'never'),
      inNetwork: written.inNetwork ?? TRIGGER_DEFAULTS.inNetwork,
    },
  };
}

/** What `tidemark export <name>` calls it. */
export function exportName(written: { name?: string; target?: string }): string {
  return written.name ?? written.target ?? EXPORT_DEFAULTS.target;
}

/** Without a `tls:`: off for this machine, certificate checked for every other host. */
export function defaultTls(host: string): 'verify' | 'off' {
  return isLiteral({ template: host }) && isLocalHost(host) ? 'off' : 'verify';
}

function resolveConnection(written: string | ConnectionYaml, baseDir: string): PostgresConnection {
  const fields: ConnectionYaml = typeof written === 'string' ? { url: written } : written;
  if (fields.embedded !== undefined) return embedded(fields.embedded, fields.port, baseDir);
  const caFile = fields.caFile === undefined ? {} : { caFile: resolve(baseDir, fields.caFile) };
  const verifyTls = fields.verifyTls ?? true;
  if (fields.url !== undefined) return { kind: 'url', url: parseReference(fields.url), verifyTls, ...caFile };
  const host = fields.host ?? '';
  return {
    kind: 'parts',
    host: parseReference(host),
    port: fields.port ?? 5432,
    database: parseReference(fields.database ?? ''),
    user: parseReference(fields.user ?? ''),
    ...(fields.password === undefined ? {} : { password: parseReference(fields.password) }),
    ...(fields.secretKey === undefined ? {} : { secretKeyArn: fields.secretKey }),
    tls: fields.tls ?? defaultTls(host),
    verifyTls,
    ...caFile,
  };
}

function embedded(dir: string, port: number | undefined, baseDir: string): PostgresConnection {
  return { kind: 'embedded', dir: resolve(baseDir, dir), ...(port === undefined ? {} : { port }) };
}
