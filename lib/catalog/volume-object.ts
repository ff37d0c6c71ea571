import type { Config, TableConfig } from '../config/config.ts';
import { bucketName, tableFolders } from '../config/paths.ts';
import { TerminalError } from '../errors.ts';
import type { Dialect, Place, SqlSession } from '../ports.ts';
import type { CatalogObject, Finding } from './finding.ts';
import { schemaName } from './schema-object.ts';

/** An external volume over one folder of the bucket, or over all of it. */
export interface Volume {
  readonly name: string;
  /** `s3://<bucket>/<folder>`, without a slash at its end. */
  readonly location: string;
  /** It may lie anywhere that the catalog itself keeps: the configuration names no bucket. */
  readonly mayBeManaged: boolean;
}

/** A volume as the catalog knows it. */
export interface FoundVolume {
  readonly name: string;
  /** `EXTERNAL` or `MANAGED`. */
  readonly type: string;
  readonly location: string;
}

const PLACES: readonly Place[] = ['incoming', 'processed', 'rejected'];

/**
 * The volumes that hold the folders of a table: three, named after these; or the one in which all tables have theirs,
 * where the configuration names it. None where they lie in another schema than the histories: whoever made that one
 * looks after them.
 */
export function volumesOf(config: Config, table: TableConfig): readonly Volume[] {
  const bucket = `s3://${config.bucket}`;
  const { storage } = config;
  const mayBeManaged = storage.kind !== 's3' && config.bucket === bucketName(config);
  const place = volumePlace(config);
  if (!place) return [];
  const top = storage.kind === 's3' && storage.prefix !== '' ? `${bucket}/${storage.prefix}` : bucket;
  if (place.volume !== null) return [{ name: place.volume, location: top, mayBeManaged }];
  const folders = tableFolders(config, table);
  return PLACES.map((name) => ({
    name: `${table.name}_${name}`,
    location: `${bucket}/${folders[name]}`,
    mayBeManaged,
  }));
}

/** The volume in the schema of the histories that `volumes` names, if it names one; null for other places. */
function volumePlace({ engine, catalog, schema }: Config): { readonly volume: string | null } | null {
  const path = engine.kind === 'databricks' ? engine.volumes : '';
  const [, inCatalog, inSchema, volume] = /^\/Volumes\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  const same = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();
  return same(inCatalog, catalog) && same(inSchema, schema) ? { volume: volume ?? null } : null;
}

/** Creates a volume; one that exists stays as it is, wherever it is. */
export function renderCreateVolume(dialect: Dialect, config: Config, volume: Volume): string {
  const name = `${schemaName(dialect, config)}.${dialect.quoteIdentifier(volume.name)}`;
  return `create external volume if not exists ${name}\nlocation ${dialect.stringLiteral(volume.location)}`;
}

/**
 * Name, type and location of every volume of the schema that we may see.
 *
 * @see https://docs.databricks.com/sql/language-manual/information-schema/volumes.html
 */
export function renderListVolumes(dialect: Dialect, config: Config): string {
  return [
    'select volume_name, volume_type, storage_location',
    `from ${dialect.quoteIdentifier(config.catalog)}.information_schema.volumes`,
    `where lower(volume_schema) = lower(${dialect.stringLiteral(config.schema)})`,
  ].join('\n');
}

const MANAGED =
  'managed by the catalog: files come into it through the workspace alone. For a bucket that others write to, set "bucket" and make it an external one';

/** Compares a volume with what is there under its name. */
export function judgeVolume(create: string, wanted: Volume, found: FoundVolume | undefined): Finding {
  if (!found) return { state: 'missing', statements: [create] };
  const at = found.location.replace(/\/+$/, '');
  const type = found.type.toUpperCase();
  if (type === 'EXTERNAL' && at === wanted.location) return { state: 'fits' };
  if (type === 'MANAGED' && wanted.mayBeManaged) return { state: 'fits', note: MANAGED };
  return {
    state: 'differs',
    note: `${found.type.toLowerCase()} volume at ${at}, wanted external at ${wanted.location}. Move its files to the wanted place and drop the volume, or set "bucket" to the one it lies in; then run setup again`,
  };
}

/** The volumes of every table. What is there is read once for all of them. */
export function volumeObjects(session: SqlSession, config: Config): readonly CatalogObject[] {
  let seen: Promise<readonly FoundVolume[]> | undefined;
  const list = async (): Promise<readonly FoundVolume[]> => {
    const rows = await session.query(renderListVolumes(session.dialect, config));
    return rows.map(([name, type, location]) => ({
      name: name!.toLowerCase(),
      type: type ?? '',
      location: location ?? '',
    }));
  };
  const first = (): Promise<readonly FoundVolume[]> => {
    seen ??= list();
    return seen;
  };
  const volumes = config.tables.flatMap((table) => volumesOf(config, table));
  const different = new Map(volumes.map((volume) => [volume.name, volume]));
  return [...different.values()].map((volume) => volumeObject(session, config, volume, { first, list }));
}

function volumeObject(
  session: SqlSession,
  config: Config,
  volume: Volume,
  seen: Readonly<Record<'first' | 'list', () => Promise<readonly FoundVolume[]>>>,
): CatalogObject {
  const { dialect } = session;
  const create = renderCreateVolume(dialect, config, volume);
  const judge = (volumes: readonly FoundVolume[]): Finding =>
    judgeVolume(
      create,
      volume,
      volumes.find(({ name }) => name === volume.name.toLowerCase()),
    );
  return {
    kind: 'volume',
    name: volume.name,
    needs: [
      { privileges: 'use schema, create volume', on: `schema ${schemaName(dialect, config)}` },
      {
        privileges: 'create external volume',
        on: `external location <the one that holds ${volume.location}>`,
      },
    ],
    look: async () => judge(await seen.first()),
    async make(statements) {
      for (const sql of statements) await session.execute(sql);
      if (judge(await seen.list()).state === 'fits') return;
      throw new TerminalError(
        'VOLUME_HIDDEN',
        `Volume ${config.schema}.${volume.name} was to be made at ${volume.location}, and still is not seen there: one of this name is probably there that we may not see. ` +
          'Have its owner grant "read volume" on it, or drop it, and run setup again.',
      );
    },
  };
}
