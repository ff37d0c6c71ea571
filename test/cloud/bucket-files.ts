import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Config } from '../../lib/config/config.ts';
import { tableFolders } from '../../lib/config/paths.ts';
import type { Place } from '../../lib/ports.ts';
import { findTable } from '../../lib/workspace.ts';
import { type ChangeFileSpec, writeChangeFile } from '../helpers/change-files.ts';

/** The change files of a configuration, as DMS and a person see them. */
export interface BucketFiles {
  /** Puts a change file where DMS would. */
  put(table: string, file: string, content: ChangeFileSpec | Uint8Array): Promise<void>;
  /** Takes a change file away before anybody worked on it. */
  take(table: string, file: string): Promise<void>;
  /** The files of a table in a place, by their path below it, in order. */
  files(table: string, place: Place): Promise<string[]>;
}

/** Makes the bucket of a configuration, which keeps old versions as a deployed one does. */
export async function makeBucket(s3: S3Client, config: Config): Promise<BucketFiles> {
  const { bucket: Bucket } = config;
  const place = { LocationConstraint: 'eu-central-1' } as const;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: place }));
  const versioned = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: versioned }));
  const folderOf = (table: string, place: Place): string =>
    `${tableFolders(config, findTable(config, table))[place]}/`;
  return {
    async put(table, file, content) {
      const Body = content instanceof Uint8Array ? content : await bytesOf(content);
      await s3.send(new PutObjectCommand({ Bucket, Key: folderOf(table, 'incoming') + file, Body }));
    },
    async take(table, file) {
      await s3.send(new DeleteObjectCommand({ Bucket, Key: folderOf(table, 'incoming') + file }));
    },
    async files(table, place) {
      const folder = folderOf(table, place);
      const { Contents: found = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: folder }));
      return found.map(({ Key: key = '' }) => key.slice(folder.length)).sort();
    },
  };
}

async function bytesOf(spec: ChangeFileSpec): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-file-'));
  try {
    return await readFile(await writeChangeFile(join(folder, 'changes.parquet'), spec));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
