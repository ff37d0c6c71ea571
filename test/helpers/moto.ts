import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { installedMoto } from '../cloud/install.ts';

/** A running moto server: S3, SQS and other services of AWS in memory. */
export interface Moto {
  /** For `AWS_ENDPOINT_URL`; an address, so that clients put the bucket into the path. */
  readonly endpoint: string;
  readonly region: string;
  /** Any would do: signatures are not checked, and neither are rights. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Forgets everything. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** How long it may take to answer first. */
export const MOTO_START_MS = 60_000;

/**
 * Starts a moto server of its own on a free port. It ends with this process, unless that is killed.
 *
 * What it does otherwise than S3, as of 5.2.5 (by its source, and seen when running it):
 * - `CopyObject` ignores `If-None-Match` and `x-amz-copy-source-if-match`, `UploadPartCopy` the latter: copies overwrite
 *   (`copyConditions` in `aws-conditions.ts` puts that right). `PutObject`, `CompleteMultipartUpload`
 *   and `DeleteObject` hold to their conditions.
 * - An etag is the MD5 also under a KMS key, and nothing has a checksum by default.
 * - A listing encodes a space as `%20`, where S3 writes `+`; times are whole seconds.
 * - Every encryption key is taken, there or not.
 * - A listing has pages of a hundred here, not of a thousand (`MOTO_S3_DEFAULT_MAX_KEYS`).
 * - A part may be as small as `S3_UPLOAD_PART_MIN_SIZE` says; here that is one byte.
 * - A key with a newline is refused. One with an empty, `.` or `..` step is kept as it is, as in S3.
 * - Without an `Authorization` header requests are anonymous, and nothing may be read so.
 */
export async function startMoto(program = findMoto()): Promise<Moto> {
  if (program === null) throw new Error(MOTO_MISSING);
  const port = await freePort();
  const env = { ...process.env, S3_UPLOAD_PART_MIN_SIZE: '1', MOTO_S3_DEFAULT_MAX_KEYS: '100' };
  const args = ['-H', '127.0.0.1', '-p', String(port)];
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const endOfParent = (): void => void child.kill('SIGKILL');
  process.once('exit', endOfParent);
  const endpoint = `http://127.0.0.1:${port}`;
  await untilReady(child, endpoint);
  return {
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIATESTING000000000', secretAccessKey: 'testing' },
    async reset() {
      const { ok, status } = await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' });
      if (!ok) throw new Error(`moto did not forget: HTTP ${status}.`);
    },
    async stop() {
      process.removeListener('exit', endOfParent);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** A client of a moto server, or of what stands before it at another endpoint. */
export function motoS3(moto: Moto, settings: S3ClientConfig = {}): S3Client {
  const { endpoint, region, credentials } = moto;
  return new S3Client({ endpoint, region, credentials, ...settings });
}

/**
 * Where `moto_server` is: `TIDEMARK_MOTO`, what `npm run cloud:install` made, or on the path; null where it is nowhere.
 */
export function findMoto(): string | null {
  const given = process.env.TIDEMARK_MOTO;
  if (given) return given;
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'moto_server'));
  return installedMoto() ?? onPath.find(isProgram) ?? null;
}

/** What to do where there is none. */
export const MOTO_MISSING = 'There is no moto_server. Run "npm run cloud:install" once to fetch it.';

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function untilReady(child: ChildProcess, endpoint: string): Promise<void> {
  let said = '';
  let failure: Error | null = null;
  child.stderr?.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-2_000);
  });
  child.on('error', (error) => {
    failure = error;
  });
  for (const end = Date.now() + MOTO_START_MS; Date.now() < end; await sleep(50)) {
    if (failure !== null || child.exitCode !== null) break;
    const answer = await fetch(`${endpoint}/moto-api/data.json`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
  }
  child.kill('SIGKILL');
  throw new Error(`moto did not start: ${failure ?? (said || 'it said nothing')}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
