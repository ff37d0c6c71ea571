import { describe, expect, it } from 'vitest';
import { readS3Object } from '../../../lib/storage/s3/s3-object.ts';

const META = { $metadata: {} };

describe('readS3Object', () => {
  it('takes size and etag for the version of a file that was never moved', () => {
    const object = readS3Object({ ...META, ETag: '"9a0364b9e99bb480dd25e1f0284c8555-3"', ContentLength: 7 });

    expect(object).toMatchObject({
      etag: '"9a0364b9e99bb480dd25e1f0284c8555-3"',
      size: 7,
      version: '7-9a0364b9e99bb480dd25e1f0284c8555-3',
      carried: { Metadata: { 'tidemark-version': '7-9a0364b9e99bb480dd25e1f0284c8555-3' } },
    });
  });

  it('takes the version that a copy carries, unless it is of another size', () => {
    const head = { ...META, ETag: '"copy"', ContentLength: 7 };

    expect(readS3Object({ ...head, Metadata: { 'tidemark-version': '7-origin' } }).version).toBe('7-origin');
    expect(readS3Object({ ...head, Metadata: { 'tidemark-version': '77-origin' } }).version).toBe('7-copy');
  });

  it('carries what a file has, a key of its own, and a date of expiry where it is one', () => {
    const head = {
      ...META,
      ETag: '"e"',
      ContentLength: 1,
      ContentType: 'application/x-parquet',
      ContentEncoding: 'gzip',
      ExpiresString: 'Thu, 01 Dec 2033 16:00:00 GMT',
      Metadata: { task: 'erp' },
      StorageClass: 'STANDARD_IA',
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'arn:key',
      BucketKeyEnabled: true,
    } as const;

    expect(readS3Object(head).carried).toEqual({
      ContentType: 'application/x-parquet',
      ContentEncoding: 'gzip',
      Expires: new Date('2033-12-01T16:00:00Z'),
      Metadata: { task: 'erp', 'tidemark-version': '1-e' },
      StorageClass: 'STANDARD_IA',
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'arn:key',
      BucketKeyEnabled: true,
    });
    expect(readS3Object({ ...head, ExpiresString: 'never' }).carried).not.toHaveProperty('Expires');
  });

  it('leaves the encryption to the bucket where S3 encrypts with its own key', () => {
    const { carried } = readS3Object({
      ...META,
      ETag: '"e"',
      ContentLength: 1,
      ServerSideEncryption: 'AES256',
    });

    expect(carried.ServerSideEncryption).toBeUndefined();
  });
});
