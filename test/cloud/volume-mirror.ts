import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type { Station } from './aws-front.ts';
import { bucketChange } from './bucket-request.ts';

/**
 * Keeps a folder the same as what a bucket holds below a prefix, before whoever changed the bucket hears of its success.
 * It stands for the external volume by which Unity Catalog shows a bucket to the warehouse: Spark reads files here that
 * functions know by keys and by `/Volumes/…` only.
 *
 * @param s3 asks the server itself
 */
export function mirrorVolume(s3: S3Client, { prefix, folder }: { prefix: string; folder: string }): Station {
  const turns = new Map<string, Promise<void>>();
  return async (asked, onward) => {
    const change = bucketChange(asked);
    const reply = await onward(asked);
    if (change === null || reply === null || reply.status >= 300) return reply;
    const within = change.keys.filter((key) => key.startsWith(`${prefix}/`));
    for (const key of within) {
      const path = join(folder, key.slice(prefix.length + 1));
      if (relative(folder, path).startsWith('..')) continue;
      const turn = (turns.get(key) ?? Promise.resolve()).then(() => copy(s3, change.bucket, key, path));
      turns.set(key, turn);
      await turn;
    }
    return reply;
  };
}

async function copy(s3: S3Client, bucket: string, key: string, path: string): Promise<void> {
  const content = await read(s3, bucket, key);
  if (content === null) return rm(path, { force: true });
  await mkdir(dirname(path), { recursive: true });
  const draft = join(dirname(path), `.${randomUUID()}`);
  await writeFile(draft, content);
  await rename(draft, path);
}

async function read(s3: S3Client, bucket: string, key: string): Promise<Uint8Array | null> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToByteArray()) ?? null;
  } catch (error) {
    if (error instanceof NoSuchKey) return null;
    throw error;
  }
}
