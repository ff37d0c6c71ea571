import type { ListObjectsV2CommandInput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { listS3Files } from '../../../lib/storage/s3/list-s3-files.ts';
import type { S3Sender } from '../../../lib/storage/s3/s3-objects.ts';

/** Answers with the pages in turn and keeps what it was asked. */
function pagesOf(pages: readonly Omit<ListObjectsV2CommandOutput, '$metadata'>[]) {
  const asked: ListObjectsV2CommandInput[] = [];
  const send = async (command: { input: ListObjectsV2CommandInput }) => {
    asked.push(command.input);
    return { $metadata: {}, ...pages[asked.length - 1] };
  };
  return { client: { send } as unknown as S3Sender, asked };
}

async function collect(client: S3Sender) {
  const files = [];
  const listing = { client, bucket: 'acme-lake', folder: 'dbo/customer_incoming', onUnsafe: () => {} };
  for await (const file of listS3Files(listing)) files.push(file);
  return files;
}

describe('listS3Files', () => {
  it('reads names as S3 encodes them: a plus is a space, and control characters survive', async () => {
    const LastModified = new Date('2026-01-31T23:59:59.999Z');
    const names = ['a+b.parquet', 'a%2Bb', 'line%0Afeed', '%F0%9F%8C%8A%25'];
    const { client } = pagesOf([
      { Contents: names.map((name) => ({ Key: `dbo/customer_incoming/${name}`, Size: 5e12, LastModified })) },
    ]);

    const files = await collect(client);

    expect(files.map(({ path }) => path)).toEqual(['a b.parquet', 'a+b', 'line\nfeed', '\u{1F30A}%']);
    expect(files[0]).toEqual({
      path: 'a b.parquet',
      size: 5e12,
      version: '',
      arrivedAt: '2026-01-31T23:59:59.999000Z',
    });
  });

  it('goes through every page, also past an empty one', async () => {
    const page = (name: string) => ({ Contents: [{ Key: `dbo/customer_incoming/${name}`, Size: 1 }] });
    const { client, asked } = pagesOf([
      { ...page('a'), IsTruncated: true, NextContinuationToken: 'second' },
      { IsTruncated: true, NextContinuationToken: 'third' },
      page('b'),
    ]);

    const files = await collect(client);

    expect(files.map(({ path }) => path)).toEqual(['a', 'b']);
    expect(asked.map(({ ContinuationToken }) => ContinuationToken)).toEqual([undefined, 'second', 'third']);
    expect(asked[0]).toMatchObject({
      Bucket: 'acme-lake',
      Prefix: 'dbo/customer_incoming/',
      EncodingType: 'url',
    });
  });
});
