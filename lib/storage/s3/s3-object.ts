import type { CopyObjectCommandInput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';

/** Properties that a copy gets from its source by name, since a copy with metadata of its own gets none by itself. */
export type CarriedProperties = Pick<
  CopyObjectCommandInput,
  | 'CacheControl'
  | 'ContentDisposition'
  | 'ContentEncoding'
  | 'ContentLanguage'
  | 'ContentType'
  | 'Expires'
  | 'WebsiteRedirectLocation'
  | 'StorageClass'
  | 'ServerSideEncryption'
  | 'SSEKMSKeyId'
  | 'BucketKeyEnabled'
> & { readonly Metadata: Readonly<Record<string, string>> };

/** What is known of an object without reading it. */
export interface S3Object {
  /** As S3 gives it, with its quotes. */
  readonly etag: string;
  readonly size: number;
  /**
   * Which content it is: `<size>-<etag>` of the object that was first seen, which copies keep in `VERSION_METADATA`.
   * The etag alone would not do: a copy of an object in parts, or of one that a KMS key encrypts, gets another.
   */
  readonly version: string;
  readonly carried: CarriedProperties;
}

/** Metadata of every object that a move made: the version of what was moved. */
export const VERSION_METADATA = 'tidemark-version';

/** Reads what S3 says of an object. */
export function readS3Object(head: HeadObjectCommandOutput): S3Object {
  const { ETag: etag = '', ContentLength: size = 0, Metadata: metadata = {} } = head;
  const origin = metadata[VERSION_METADATA];
  const own = `${size}-${etag.replaceAll('"', '')}`;
  const version = origin?.startsWith(`${size}-`) ? origin : own;
  return { etag, size, version, carried: carriedOf(head, { ...metadata, [VERSION_METADATA]: version }) };
}

function carriedOf(head: HeadObjectCommandOutput, metadata: Record<string, string>): CarriedProperties {
  const expires = new Date(head.ExpiresString ?? '');
  return {
    CacheControl: head.CacheControl,
    ContentDisposition: head.ContentDisposition,
    ContentEncoding: head.ContentEncoding,
    ContentLanguage: head.ContentLanguage,
    ContentType: head.ContentType,
    ...(Number.isNaN(expires.getTime()) ? {} : { Expires: expires }),
    WebsiteRedirectLocation: head.WebsiteRedirectLocation,
    StorageClass: head.StorageClass,
    Metadata: metadata,
    ...encryptionOf(head),
  };
}

/** A key of the object's own is kept; else the bucket encrypts as it does by default. */
function encryptionOf(head: HeadObjectCommandOutput): Partial<CarriedProperties> {
  const { ServerSideEncryption: kind, SSEKMSKeyId: key, BucketKeyEnabled: bucketKey } = head;
  if (!kind?.startsWith('aws:kms')) return {};
  return { ServerSideEncryption: kind, SSEKMSKeyId: key, BucketKeyEnabled: bucketKey };
}
