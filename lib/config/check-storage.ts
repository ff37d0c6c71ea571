import { type CheckedMap, engineKind } from './check-engine.ts';
import type { StorageConfig } from './config.ts';
import { DEFAULTS } from './defaults.ts';
import type { Finding } from './problem.ts';
import type { EngineYaml, StorageYaml } from './schema-engine.ts';

/** Fields of the storage that do not go together or with the engine, and files that the engine cannot see. */
export function checkStorage(
  storage: CheckedMap<StorageYaml>,
  engine: CheckedMap<EngineYaml>,
): { problems: Finding[]; warnings: Finding[] } {
  const kind = storageKind(storage);
  if (kind === null) return { problems: [], warnings: [] };
  const stray = strayFields(storage, kind);
  if (kind === 'local') return { problems: stray, warnings: warnUnseen(storage, engine) };
  return { problems: [...stray, ...checkCatalogEngine(kind, engine)], warnings: [] };
}

/** The kind of storage that is wanted, or null where the file does not tell in a way that can be understood. */
export function storageKind({ given, written }: CheckedMap<StorageYaml>): StorageConfig['kind'] | null {
  return given.includes('kind') ? (written.kind ?? null) : DEFAULTS.storage.kind;
}

/** Fields that mean something beside one kind of storage only, and what to have in their place. */
const FIELDS = {
  root: { kind: 'local', remedy: 'Remove it: `volumes` of the engine says where the volumes lie.' },
  prefix: { kind: 's3', remedy: 'Remove it, or use `kind: s3`.' },
} as const;

function strayFields({ given }: CheckedMap<StorageYaml>, kind: StorageConfig['kind']): Finding[] {
  return Object.entries(FIELDS).flatMap(([field, { kind: own, remedy }]): Finding[] => {
    if (kind === own || !given.includes(field)) return [];
    const message = `has no meaning beside \`kind: ${kind}\``;
    return [{ path: ['storage', field], message, hint: remedy }];
  });
}

/** Volumes, of the workspace's own or over the bucket, need a warehouse with a catalog. */
function checkCatalogEngine(storage: 'volume' | 's3', engine: CheckedMap<EngineYaml>): Finding[] {
  const kind = engineKind(engine);
  const path = ['storage', 'kind'];
  const hint = 'Use `kind: local`, or an engine with `kind: databricks` and `server: databricks`.';
  if (kind === 'duckdb') return [{ path, message: `\`${storage}\` needs a Databricks engine`, hint }];
  if (engine.written.server === 'open-spark') {
    return [{ path, message: `\`${storage}\` needs Unity Catalog, which open Spark has not`, hint }];
  }
  const { volumes } = engine.written;
  if (volumes === undefined || /^\/Volumes(\/[^/]+){2,3}$/.test(volumes)) return [];
  const deeper = /^\/Volumes(\/[^/]+){4,}$/.test(volumes);
  const message = deeper
    ? 'is a folder in a volume, and where that is in the bucket only the volume knows'
    : 'is neither where the volumes of a schema lie nor a volume';
  const either =
    'Write /Volumes/<catalog>/<schema> for three volumes a table, or /Volumes/<catalog>/<schema>/<volume> for one with a folder for each.';
  return [{ path: ['engine', 'volumes'], message, hint: either }];
}

/** A folder that a person names in `volumes`, or gives as the root, is taken to be seen by both. */
function warnUnseen(storage: CheckedMap<StorageYaml>, engine: CheckedMap<EngineYaml>): Finding[] {
  if (engineKind(engine) !== 'databricks' || engine.written.server === 'open-spark') return [];
  if (engine.given.includes('volumes') || storage.written.root?.startsWith('/Volumes/')) return [];
  const message = 'is on this machine, whose folders a warehouse cannot read';
  const hint =
    'Use `storage: {kind: volume}`, or name in `volumes` of the engine the folder by which the warehouse sees the root.';
  return [{ path: storage.given.includes('kind') ? ['storage', 'kind'] : ['storage'], message, hint }];
}
