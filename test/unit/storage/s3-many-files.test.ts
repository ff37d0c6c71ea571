import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { chooseBatch } from '../../../lib/changes/choose-batch.ts';
import { eachFile } from '../../../lib/ingest/each-file.ts';
import { listWaiting } from '../../../lib/ingest/ingest-table.ts';
import type { S3Sender } from '../../../lib/storage/s3/s3-objects.ts';
import { cdcFileName } from '../../helpers/change-files.ts';
import { BUCKET_FOLDERS, bucketStore } from '../../helpers/s3-bucket.ts';
import { heapInUse } from '../../soak/heap-watch.ts';

const FILES = 10_000;

/** What the requests of a batch may add to the heap, and what the list of all that waits may. */
const MAX_GROWTH = 12e6;

/**
 * A bucket that knows nothing but its keys. A server that stands for S3 takes minutes for as many requests, and what is
 * looked at here is what this side keeps.
 */
function keysOnly(keys: Set<string>) {
  let underWay = 0;
  const seen = { atOnce: 0, requests: 0 };
  const answer = (command: unknown): object => {
    if (command instanceof ListObjectsV2Command) return page(keys, command.input.ContinuationToken);
    const { Key: key = '' } = (command as HeadObjectCommand).input;
    if (command instanceof GetObjectTaggingCommand) return { TagSet: [] };
    if (command instanceof HeadObjectCommand && !keys.has(key))
      throw Object.assign(new Error('none'), { name: 'NotFound', $metadata: { httpStatusCode: 404 } });
    if (command instanceof CopyObjectCommand) keys.add(key);
    if (command instanceof DeleteObjectCommand) keys.delete(key);
    return { ETag: '"e"', ContentLength: 10, LastModified: new Date(0) };
  };
  const send = async (command: unknown): Promise<object> => {
    underWay += 1;
    seen.requests += 1;
    seen.atOnce = Math.max(seen.atOnce, underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    return { $metadata: {}, ...answer(command) };
  };
  return { client: { send } as unknown as S3Sender, seen };
}

function page(keys: ReadonlySet<string>, after = '') {
  const rest = [...keys].filter((key) => key > after && key.startsWith(BUCKET_FOLDERS.incoming)).sort();
  const Contents = rest.slice(0, 1000).map((Key) => ({ Key, Size: 10, LastModified: new Date(0) }));
  const IsTruncated = rest.length > 1000;
  return { Contents, IsTruncated, NextContinuationToken: IsTruncated ? rest[999] : undefined };
}

it('row 11: ten thousand waiting files are listed and moved, batch by batch, in bounded memory', async () => {
  const names = Array.from({ length: FILES }, (_, n) => cdcFileName(n + 1));
  const keys = new Set(names.map((name) => `${BUCKET_FOLDERS.incoming}/${name}`));
  const { client, seen } = keysOnly(keys);
  const store = bucketStore(client);
  const before = heapInUse();
  let most = 0;

  let rest = await listWaiting({ store });
  for (let batchId = 1; rest.length > 0; batchId += 1) {
    const chosen = chooseBatch(rest, { maxFiles: 1000, maxBytes: 2 ** 30 });
    const known = await eachFile(store, chosen.batch, (file) => store.identify('incoming', file));
    await eachFile(store, known, (file) =>
      store.move('incoming', file, 'processed', `${batchId}/${file.path}`),
    );
    most = Math.max(most, heapInUse() - before);
    rest = chosen.rest;
  }

  expect([...keys].filter((key) => key.startsWith(BUCKET_FOLDERS.processed))).toHaveLength(FILES);
  expect(keys.size).toBe(FILES);
  expect(seen).toEqual({ atOnce: 32, requests: FILES / 1000 + FILES * 6 });
  expect(most).toBeLessThan(MAX_GROWTH);
  // Nothing of it is kept.
  expect(heapInUse() - before).toBeLessThan(3e6);
});
