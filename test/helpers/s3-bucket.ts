import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Place } from '../../lib/ports.ts';
import { createS3FileStore, type S3FileStoreOptions } from '../../lib/storage/s3/s3-file-store.ts';

export const BUCKET = 'acme-lake';

/** Folders of a table in the bucket. */
export const BUCKET_FOLDERS: Readonly<Record<Place, string>> = {
  incoming: 'land ing/dbo/customer_incoming',
  processed: 'land ing/dbo/customer_processed',
  rejected: 'land ing/dbo/customer_rejected',
};

/** The same folders as the warehouse sees them. */
export const ENGINE_FOLDERS: Readonly<Record<Place, string>> = {
  incoming: '/Volumes/lake/crm/customer_incoming',
  processed: '/Volumes/lake/crm/customer_processed',
  rejected: '/Volumes/lake/crm/customer_rejected',
};

/** A store over the bucket's folders. */
export function bucketStore(
  client: S3FileStoreOptions['client'],
  more: Partial<S3FileStoreOptions> = {},
): ReturnType<typeof createS3FileStore> {
  const folders = BUCKET_FOLDERS;
  return createS3FileStore({ client, bucket: BUCKET, folders, engineFolders: ENGINE_FOLDERS, ...more });
}

export async function makeBucket(client: S3Client): Promise<void> {
  const where = { LocationConstraint: 'eu-central-1' } as const;
  await client.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: where }));
}

/** Where an object is. */
export function objectAt(place: Place, path: string): { Bucket: string; Key: string } {
  return { Bucket: BUCKET, Key: `${BUCKET_FOLDERS[place]}/${path}` };
}

export async function putObject(
  client: S3Client,
  place: Place,
  path: string,
  content: string | Uint8Array,
  more: Partial<PutObjectCommandInput> = {},
): Promise<void> {
  await client.send(new PutObjectCommand({ ...objectAt(place, path), Body: Buffer.from(content), ...more }));
}

/** Such an object's etag is no hash of its content. */
export async function putInParts(
  client: S3Client,
  place: Place,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const at = objectAt(place, path);
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(at));
  const part = { ...at, UploadId, PartNumber: 1, Body: Buffer.from(content) };
  const { ETag } = await client.send(new UploadPartCommand(part));
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
}

/** The content of an object as text, or null if there is none. */
export async function getObject(client: S3Client, place: Place, path: string): Promise<string | null> {
  const answer = await client.send(new GetObjectCommand(objectAt(place, path))).catch(() => null);
  return (await answer?.Body?.transformToString()) ?? null;
}

export async function getTags(client: S3Client, place: Place, path: string): Promise<Record<string, string>> {
  const { TagSet = [] } = await client.send(new GetObjectTaggingCommand(objectAt(place, path)));
  return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
}
