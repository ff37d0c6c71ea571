import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  type Tag,
} from '@aws-sdk/client-s3';
import { isMissing, type S3Action, statusOf, toS3Error } from './s3-error.ts';
import { readS3Object, type S3Object } from './s3-object.ts';

/** The part of the SDK's client that is used. */
export type S3Sender = Pick<S3Client, 'send'>;

/** A copy within the bucket, on the condition that the source is what was seen and nothing is at the target. */
export interface S3Copy {
  readonly source: string;
  readonly seen: S3Object;
  readonly target: string;
  /** As a query string. */
  readonly tagging: string;
}

/** Longest time of one try of a copy; S3 answers when the bytes are there. */
export const COPY_TIMEOUT_MS = 5 * 60_000;

/** Longest time for one range, tries included. */
const READ_TIMEOUT_MS = 2 * 60_000;

/** The client tries a request again, but not a body that breaks off. */
const BODY_TRIES = 3;

/** The objects of one bucket by their keys. Errors are already ours; which ones says `toS3Error`. */
export class S3Objects {
  readonly client: S3Sender;
  readonly bucket: string;

  constructor(client: S3Sender, bucket: string) {
    this.client = client;
    this.bucket = bucket;
  }

  /** What is known of an object, or null if there is none. */
  async head(key: string): Promise<S3Object | null> {
    return await this.ask('look at', key, async () => {
      try {
        return readS3Object(await this.client.send(new HeadObjectCommand(this.at(key))));
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    });
  }

  /** The tags of an object, or null if there is none. */
  async tags(key: string): Promise<readonly Tag[] | null> {
    return await this.ask('read the tags of', key, async () => {
      try {
        const { TagSet: tags = [] } = await this.client.send(new GetObjectTaggingCommand(this.at(key)));
        return tags;
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    });
  }

  /**
   * Bytes `[start, end)`, fewer where the object ends before, or null if there is none.
   *
   * @param etag refuses another content with FILE_CHANGED
   */
  async readRange(key: string, start: number, end: number, etag?: string): Promise<Uint8Array | null> {
    // There is no way to ask for no bytes; one tells whether the object is there.
    const last = Math.max(end, start + 1) - 1;
    const condition = etag === undefined ? {} : { IfMatch: etag };
    const bytes = await this.readBody(key, { Range: `bytes=${start}-${last}`, ...condition });
    return bytes?.subarray(0, Math.max(0, end - start)) ?? null;
  }

  /** A small object whole, as text, or null if there is none. */
  async read(key: string): Promise<string | null> {
    const bytes = await this.readBody(key, {});
    return bytes && new TextDecoder().decode(bytes);
  }

  async put(key: string, content: string): Promise<void> {
    const input = { ...this.at(key), Body: content, ContentType: 'text/plain; charset=utf-8' };
    await this.ask('write', key, () => this.client.send(new PutObjectCommand(input)));
  }

  /** Copies in one request, up to 5 GiB. False when a condition did not hold. */
  async copy({ source, seen, target, tagging }: S3Copy): Promise<boolean> {
    const command = new CopyObjectCommand({
      ...this.at(target),
      ...seen.carried,
      CopySource: this.copySource(source),
      CopySourceIfMatch: seen.etag,
      IfNoneMatch: '*',
      MetadataDirective: 'REPLACE',
      TaggingDirective: 'REPLACE',
      Tagging: tagging,
    });
    return await this.attempt('copy', `${this.name(source)} to ${this.name(target)}`, async () => {
      await this.client.send(command, { requestTimeout: COPY_TIMEOUT_MS });
    });
  }

  /** Removes an object that still has this etag; none there is success. False when it is another by now. */
  async removeUnchanged(key: string, etag: string): Promise<boolean> {
    const command = new DeleteObjectCommand({ ...this.at(key), IfMatch: etag });
    return await this.ask('remove', key, async () => {
      try {
        await this.client.send(command);
      } catch (error) {
        if (statusOf(error) === 412) return false;
        if (!isMissing(error)) throw error;
      }
      return true;
    });
  }

  /** Removes an object; none there is success. */
  async remove(key: string): Promise<void> {
    await this.ask('remove', key, () => this.client.send(new DeleteObjectCommand(this.at(key))));
  }

  /** Does a conditional copy. False when the source is gone or another, something is at the target, or comes there. */
  async attempt(action: S3Action, where: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (isMissing(error) || statusOf(error) === 412 || statusOf(error) === 409) return false;
      throw toS3Error(error, action, where);
    }
  }

  /** For people: `s3://<bucket>/<key>`. */
  name(key: string): string {
    return `s3://${this.bucket}/${key}`;
  }

  /** The key as a request names the source of a copy. */
  copySource(key: string): string {
    return `${this.bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  }

  at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: key };
  }

  private async readBody(
    key: string,
    how: { readonly Range?: string; readonly IfMatch?: string },
  ): Promise<Uint8Array | null> {
    const abortSignal = AbortSignal.timeout(READ_TIMEOUT_MS);
    return await this.ask('read', key, async () => {
      for (let left = BODY_TRIES; ; left -= 1) {
        const command = new GetObjectCommand({ ...this.at(key), ...how });
        const answer = await this.client.send(command, { abortSignal }).catch(statusOfNothing);
        if (typeof answer === 'number') return answer === 404 ? null : new Uint8Array();
        try {
          return (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
        } catch (error) {
          if (left === 1) throw error;
        }
      }
    });
  }

  private async ask<T>(action: S3Action, key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toS3Error(error, action, this.name(key));
    }
  }
}

/** Status of an answer that says there is no such object, or no such range in it. */
function statusOfNothing(error: unknown): number {
  if (isMissing(error) || statusOf(error) === 416) return statusOf(error);
  throw error;
}
