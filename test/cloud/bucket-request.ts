import type { AwsRequest } from './aws-front.ts';

/** What a request changes in a bucket once it succeeded. */
export interface BucketChange {
  readonly bucket: string;
  /** Keys that hold something else than before, or nothing. */
  readonly keys: readonly string[];
  /** How S3 names what made the one key, or null where something was removed. */
  readonly created: 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload' | null;
}

/** Bucket, key and parameters of a request for S3 with the bucket in its path. */
export function readBucketPath(url: string): { bucket: string; key: string; query: URLSearchParams } {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const [, bucket = '', ...steps] = pathname.split('/');
  return { bucket, key: decodeURIComponent(steps.join('/')), query: searchParams };
}

/** Null for a request that changes no object as a whole: reading, tags, a part of an upload. */
export function bucketChange({ service, method, url, headers, body }: AwsRequest): BucketChange | null {
  if (service !== 's3') return null;
  const { bucket, key, query } = readBucketPath(url);
  if (method === 'POST' && query.has('delete')) return { bucket, keys: listedKeys(body), created: null };
  if (key === '' || query.has('tagging')) return null;
  if (method === 'POST' && query.has('uploadId')) {
    return { bucket, keys: [key], created: 'CompleteMultipartUpload' };
  }
  if (query.has('uploadId')) return null;
  if (method === 'DELETE') return { bucket, keys: [key], created: null };
  if (method !== 'PUT') return null;
  return { bucket, keys: [key], created: 'x-amz-copy-source' in headers ? 'CopyObject' : 'PutObject' };
}

function listedKeys(body: Buffer): string[] {
  return [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, text = '']) => unescapeXml(text));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}
