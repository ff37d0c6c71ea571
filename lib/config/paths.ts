import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { TerminalError } from '../errors.ts';
import type { Place } from '../ports.ts';
import type { Config, TableConfig } from './config.ts';

/** Folder of each place, relative to the bucket or the local root, `/`-separated, without a slash at either end. */
export type TableFolders = Readonly<Record<Place, string>>;

/**
 * Where the change files of a table wait, are kept and are put aside. The only place that knows: the source's
 * mappings, the store, the router and `tidemark paths` all ask here.
 */
export function tableFolders(
  _config: Pick<Config, 'storage'>,
  table: Pick<TableConfig, 'name' | 'source'>,
): TableFolders {
  return {
    incoming: `${table.name}_incoming`,
    processed: `${table.name}_processed`,
    rejected: `${table.name}_rejected`,
  };
}

/** The folders of a table by their whole path: on this machine, or as the warehouse sees its volumes. */
export function tableLocations(
  config: Pick<Config, 'engine' | 'storage'>,
  table: Pick<TableConfig, 'name' | 'source'>,
): TableFolders {
  const root = placesRoot(config);
  const { incoming, processed, rejected } = tableFolders(config, table);
  return { incoming: join(root, incoming), processed: join(root, processed), rejected: join(root, rejected) };
}

function placesRoot({ engine, storage }: Pick<Config, 'engine' | 'storage'>): string {
  if (storage.kind === 'local') return storage.root;
  if (engine.kind === 'databricks') return engine.volumes;
  throw new TerminalError(
    'STORAGE_UNKNOWN',
    'The storage `volume` needs a Databricks engine. Use `storage: {kind: local}`, or another engine.',
  );
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

function slug(part: string): string {
  return part
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
