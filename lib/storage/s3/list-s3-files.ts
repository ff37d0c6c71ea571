import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { StoredFile } from '../../ports.ts';
import { isHiddenName } from '../hidden-name.ts';
import { isSafePath } from '../safe-path.ts';
import { toS3Error } from './s3-error.ts';
import type { S3Sender } from './s3-objects.ts';

export interface S3Listing {
  readonly client: S3Sender;
  readonly bucket: string;
  /** Without a slash at either end. */
  readonly folder: string;
  /** Told the key of each object that has no safe path and is passed over for it. */
  readonly onUnsafe: (key: string) => void;
}

/**
 * Every file below a folder of a bucket, in the order of keys, a page (up to 1,000) in memory at a time. Hidden names
 * (`_x`, `.x`) are passed over, folders too, and markers of folders (keys that end in a slash). A folder without
 * objects has no files.
 */
export async function* listS3Files(listing: S3Listing): AsyncGenerator<StoredFile> {
  const prefix = `${listing.folder}/`;
  for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
    const page = await listPage(listing, prefix, token);
    for (const { Key: encoded = '', Size: size = 0, LastModified: arrived } of page.Contents ?? []) {
      const key = decodeKey(encoded);
      const path = key.slice(prefix.length);
      if (path === '' || path.endsWith('/') || path.split('/').some(isHiddenName)) continue;
      if (!isSafePath(path)) listing.onUnsafe(key);
      else yield { path, size, version: '', arrivedAt: instantOf(arrived) };
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  }
}

async function listPage(
  { client, bucket }: S3Listing,
  prefix: string,
  token: string | undefined,
): Promise<ListObjectsV2CommandOutput> {
  try {
    // Plain keys may hold characters that no XML can.
    const request = {
      Bucket: bucket,
      Prefix: prefix,
      EncodingType: 'url',
      ContinuationToken: token,
    } as const;
    return await client.send(new ListObjectsV2Command(request));
  } catch (error) {
    throw toS3Error(error, 'list', `s3://${bucket}/${prefix}`);
  }
}

/** Listings are encoded as forms are: a plus is a space. */
function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '));
}

/** S3 tells milliseconds at best. */
function instantOf(time: Date | undefined): string {
  return `${(time ?? new Date(0)).toISOString().slice(0, -1)}000Z`;
}
