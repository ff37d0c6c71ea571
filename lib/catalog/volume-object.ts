import type { Config, TableConfig } from '../config/config.ts';
import { tableFolders } from '../config/paths.ts';
import { TerminalError } from '../errors.ts';
import type { Dialect, Place, SqlSession } from '../ports.ts';
import type { CatalogObject, Finding } from './finding.ts';
import { schemaName } from './schema-object.ts';

/** An external volume over one folder of the bucket. */
export interface Volume {
  readonly name: string;
  /** `s3://<bucket>/<folder>`, without a slash at its end. */
  readonly location: string;
}

/** A volume as the catalog knows it. */
export interface FoundVolume {
  readonly name: string;
  /** `EXTERNAL` or `MANAGED`. */
  readonly type: string;
  readonly location: string;
}

const PLACES: readonly Place[] = ['incoming', 'processed', 'rejected'];

/** The three volumes of a table, named after its folders. */
export function volumesOf(config: Config, table: TableConfig): readonly Volume[] {
  const folders = tableFolders(config, table);
  return PLACES.map((place) => ({
    name: `${table.name}_${place}`,
    location: `s3://${config.bucket}/${folders[place]}`,
  }));
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

/** Compares a volume with what is there under its name. */
export function judgeVolume(create: string, wanted: Volume, found: FoundVolume | undefined): Finding {
  if (!found) return { state: 'missing', statements: [create] };
  const at = found.location.replace(/\/+$/, '');
  if (found.type.toUpperCase() === 'EXTERNAL' && at === wanted.location) return { state: 'fits' };
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
  return config.tables.flatMap((table) =>
    volumesOf(config, table).map((volume) => volumeObject(session, config, volume, { first, list })),
  );
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
