import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { TerminalError } from '../errors.ts';
import type { Place } from '../ports.ts';
import type { Config, TableConfig } from './config.ts';
import { slug } from './slug.ts';

/** Folder of each place, relative to the bucket or the local root, `/`-separated, without a slash at either end. */
export type TableFolders = Readonly<Record<Place, string>>;

/**
 * Where the change files of a table wait, are kept and are put aside. The only place that knows: the source's
 * mappings, the store, the router and `tidemark paths` all ask here. In a bucket that is where DMS writes: a folder of
 * the source's schema, and in it the table under the name that the mapping gives it.
 */
export function tableFolders(
  { storage }: Pick<Config, 'storage'>,
  { name, source }: Pick<TableConfig, 'name' | 'source'>,
): TableFolders {
  const above = storage.kind === 's3' ? [storage.prefix, sourceSchema(source)] : [];
  const folder = (place: Place): string =>
    [...above, `${name}_${place}`].filter((step) => step !== '').join('/');
  return { incoming: folder('incoming'), processed: folder('processed'), rejected: folder('rejected') };
}

/** The schema of a name at the source: what is before its last dot, `dbo` of `dbo.customer`; empty without a dot. */
export function sourceSchema(source: string): string {
  return source.slice(0, Math.max(0, source.lastIndexOf('.')));
}

/** The table of a name at the source: what is after its last dot. */
export function sourceTable(source: string): string {
  return source.slice(source.lastIndexOf('.') + 1);
}

/** The folders of a table by their whole path: on this machine, in the workspace's volumes, or in the bucket. */
export function tableLocations(
  config: Pick<Config, 'bucket' | 'engine' | 'storage'>,
  table: Pick<TableConfig, 'name' | 'source'>,
): TableFolders {
  const { storage } = config;
  if (storage.kind === 'volume') return warehouseFolders(config, table);
  const root = storage.kind === 'local' ? storage.root : `s3://${config.bucket}`;
  return eachPlace(tableFolders(config, table), (folder) => below(root, folder));
}

/**
 * The folders of a table as the warehouse sees them: volumes named after table and place, or folders in the one volume
 * that `volumes` names, which is over the bucket's prefix. Throws `TerminalError` STORAGE_UNKNOWN for another engine.
 */
export function warehouseFolders(
  { engine, storage }: Pick<Config, 'engine' | 'storage'>,
  table: Pick<TableConfig, 'name' | 'source'>,
): TableFolders {
  if (engine.kind !== 'databricks') {
    throw new TerminalError(
      'STORAGE_UNKNOWN',
      `The storage \`${storage.kind}\` needs a Databricks engine. Use \`storage: {kind: local}\`, or another engine.`,
    );
  }
  const isOneVolume = storage.kind === 's3' && engine.volumes.split('/').length > 4;
  const within: Config['storage'] = isOneVolume ? { ...storage, prefix: '' } : { kind: 'volume' };
  return eachPlace(tableFolders({ storage: within }, table), (folder) => below(engine.volumes, folder));
}

function eachPlace(folders: TableFolders, locate: (folder: string) => string): TableFolders {
  const { incoming, processed, rejected } = folders;
  return { incoming: locate(incoming), processed: locate(processed), rejected: locate(rejected) };
}

function below(root: string, folder: string): string {
  return root.startsWith('s3://') ? `${root}/${folder}` : join(root, folder);
}

/** The parts a bucket is named after. */
export type BucketParts = Pick<Config, 'company' | 'catalog' | 'schema' | 'region'>;

/** Longest name S3 allows. */
const MAX_BUCKET_LENGTH = 63;

const RESERVED_PREFIX = /^(xn--|sthree-|amzn-s3-demo-)/;
const RESERVED_SUFFIX = /(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/;

/**
 * `<company>-<catalog>-<schema>-<region>` as a valid S3 name: lower-case, accents dropped, anything but letters and
 * digits a dash. A name that would be too long, or lose a part altogether, is cut and ends in a hash of the parts,
 * so that it stays the same from run to run and apart from others.
 */
export function bucketName(parts: BucketParts): string {
  const wanted = [parts.company, parts.catalog, parts.schema, parts.region];
  const slugs = wanted.map(slug);
  const name = slugs.filter((part) => part !== '').join('-');
  if (!slugs.includes('') && isBucketName(name)) return name;
  const hash = createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, 8);
  const stem = RESERVED_PREFIX.test(name) ? `t-${name}` : name;
  return `${stem.slice(0, MAX_BUCKET_LENGTH - hash.length - 1).replace(/-+$/, '')}-${hash}`;
}

/** True when `bucketName` had to cut or drop a part. */
export function isShortenedBucketName(parts: BucketParts): boolean {
  return bucketName(parts) !== [parts.company, parts.catalog, parts.schema, parts.region].map(slug).join('-');
}

/**
 * True for a name S3 accepts for a general purpose bucket.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !RESERVED_PREFIX.test(name) &&
    !RESERVED_SUFFIX.test(name)
  );
}
