import type { EngineConfig } from './config.ts';
import { checkSecretKey } from './check-secret-key.ts';
import { isClusterPath } from './databricks-address.ts';
import { DEFAULTS, MAINTENANCE_DEFAULTS } from './defaults.ts';
import type { Finding } from './problem.ts';
import { DATABRICKS_FIELDS, type EngineYaml } from './schema-engine.ts';

type Field = keyof EngineYaml;

/** A map of the configuration: which fields it has, and those of them that have the right shape. */
export interface CheckedMap<Yaml> {
  readonly given: readonly string[];
  readonly written: Partial<Yaml>;
}

/** Fields that mean something beside one kind of engine only. */
const FIELDS: Readonly<Record<EngineConfig['kind'], readonly Field[]>> = {
  duckdb: ['path'],
  databricks: DATABRICKS_FIELDS,
};

const REQUIRED = [
  ['host', 'For instance `host: ${env:DATABRICKS_HOST}`.'],
  ['httpPath', 'For instance `httpPath: /sql/1.0/warehouses/<id>`, or ${env:DATABRICKS_HTTP_PATH}.'],
] as const;

/** Fields of the engine that are missing or do not go together, and what is risky. */
export function checkEngine(engine: CheckedMap<EngineYaml>): { problems: Finding[]; warnings: Finding[] } {
  const kind = engineKind(engine);
  if (kind === null) return { problems: [], warnings: [] };
  const stray = strayFields(engine, kind);
  if (kind === 'duckdb') return { problems: stray, warnings: [] };
  const problems = [...stray, ...missingFields(engine), ...checkAuth(engine), ...checkVolumes(engine)];
  return { problems, warnings: warnings(engine.written) };
}

/** The kind of engine that is wanted, or null where the file does not tell in a way that can be understood. */
export function engineKind({ given, written }: CheckedMap<EngineYaml>): EngineConfig['kind'] | null {
  return given.includes('kind') ? (written.kind ?? null) : DEFAULTS.engine.kind;
}

function strayFields({ given }: CheckedMap<EngineYaml>, kind: EngineConfig['kind']): Finding[] {
  const other = kind === 'duckdb' ? 'databricks' : 'duckdb';
  const allowed = `Beside \`kind: ${kind}\`: ${FIELDS[kind].join(', ')}.`;
  const hint = given.includes('kind') ? `Remove it. ${allowed}` : `Add \`kind: ${other}\`, or remove it.`;
  return FIELDS[other]
    .filter((field) => given.includes(field))
    .map((field) => ({ path: ['engine', field], message: `has no meaning beside \`kind: ${kind}\``, hint }));
}

function missingFields({ given }: CheckedMap<EngineYaml>): Finding[] {
  return REQUIRED.filter(([field]) => !given.includes(field)).map(([field, hint]) => {
    return { path: ['engine', field], message: 'is missing beside `kind: databricks`', hint };
  });
}

function checkAuth({ written: { auth } }: CheckedMap<EngineYaml>): Finding[] {
  if (auth === undefined) return [];
  const path = ['engine', 'auth'];
  const either = 'Give `clientId` and `clientSecret`, or `token`.';
  const ofKey = checkSecretKey(
    auth.secretKey,
    [auth.token, auth.clientId, auth.clientSecret],
    [...path, 'secretKey'],
  );
  const ofPrincipal = ['clientId', 'clientSecret'] as const;
  const given = ofPrincipal.filter((field) => auth[field] !== undefined);
  if (auth.token !== undefined) {
    const message = 'does not go with `token`';
    return [...given.map((field) => ({ path: [...path, field], message, hint: either })), ...ofKey];
  }
  if (given.length === 0) return [{ path, message: 'does not say who we are', hint: either }];
  const missing = ofPrincipal.filter((field) => !given.includes(field));
  const message = `is missing beside \`${given[0]}\``;
  return [...missing.map((field) => ({ path: [...path, field], message, hint: either })), ...ofKey];
}

/** On open Spark any folder will do, and a relative one starts from the folder of the file. */
function checkVolumes({ written }: CheckedMap<EngineYaml>): Finding[] {
  const { volumes, server } = written;
  if (volumes === undefined || server === 'open-spark') return [];
  const path = ['engine', 'volumes'];
  const hint = 'Write the whole path as the warehouse sees it, for instance /Volumes/lake/main.';
  if (!volumes.startsWith('/')) return [{ path, message: 'is not an absolute path', hint }];
  const odd = volumes
    .slice(1)
    .split('/')
    .some((step) => ['', '.', '..'].includes(step));
  return odd ? [{ path, message: 'has an empty step, "." or ".." in it', hint }] : [];
}

function warnings({ httpPath, server, grants, maintenance = {} }: Partial<EngineYaml>): Finding[] {
  const found: Finding[] = [];
  const warn = (path: Finding['path'], message: string, hint: string) =>
    found.push({ path: ['engine', ...path], message, hint });
  if (httpPath !== undefined && isClusterPath(httpPath)) {
    const message = 'is a cluster, which is neither started nor waited for, and keeps no list of statements';
    warn(['httpPath'], message, 'Use a SQL warehouse: /sql/1.0/warehouses/<id>.');
  }
  if (server === 'open-spark' && [...(grants?.read ?? []), ...(grants?.write ?? [])].length > 0) {
    warn(['grants'], 'are not given: open Spark has none', 'Remove them, or use `server: databricks`.');
  }
  const { vacuum = MAINTENANCE_DEFAULTS.vacuum, retentionHours } = maintenance;
  if (vacuum && retentionHours !== undefined && retentionHours < MAINTENANCE_DEFAULTS.retentionHours) {
    const message = 'is so short that exports under way and time travel can lose the version they read';
    warn(['maintenance', 'retentionHours'], message, 'Use 168 hours or more, unless you need the space.');
  }
  return found;
}
